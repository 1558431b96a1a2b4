import { ref } from 'vue'

/** What can be open over any page, opened from anywhere. */
export const isPaletteOpen = ref(false)
export const isShortcutSheetOpen = ref(false)
