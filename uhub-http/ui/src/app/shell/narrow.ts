import { onScopeDispose, ref, type Ref } from 'vue'

/** Whether the window is as narrow as a phone (the same width as in the style sheets), or as narrow as a page says. */
export function useNarrow(width = 719): Ref<boolean> {
  const query = matchMedia(`(max-width: ${width}px)`)
  const isNarrow = ref(query.matches)
  const follow = (event: MediaQueryListEvent) => (isNarrow.value = event.matches)
  query.addEventListener('change', follow)
  onScopeDispose(() => query.removeEventListener('change', follow))
  return isNarrow
}
