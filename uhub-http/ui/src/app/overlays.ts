import { ref } from 'vue'

/** What can be open over any page, opened from anywhere. */
export const isPaletteOpen = ref(false)
/** With what the palette opens: everything, or one thing to do. */
export type PaletteMode = 'root' | 'create' | 'launch' | 'approve' | 'callOff' | 'cancel'
export const paletteMode = ref<PaletteMode>('root')
export const isShortcutSheetOpen = ref(false)

export function openPalette(mode: PaletteMode = 'root'): void {
  paletteMode.value = mode
  isPaletteOpen.value = true
}
