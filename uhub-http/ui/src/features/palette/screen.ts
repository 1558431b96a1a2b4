import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { PaletteMode } from '@/app/overlays'

/** What the steps of the palette share. */
export interface Palette {
  query: Ref<string>
  mode: Ref<PaletteMode>
  close: () => void
  /** To another mode, with nothing typed. */
  enter: (mode: PaletteMode) => void
}

/** Follows a text so many milliseconds after the last key. */
export function useDebounced(source: Ref<string>, ms = 180): Ref<string> {
  const late = ref(source.value)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (late.value = value), ms)
  })
  onScopeDispose(() => clearTimeout(timer))
  return late
}
