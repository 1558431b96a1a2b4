import { computed, shallowRef, useId, type Ref } from 'vue'
import type { Owner } from './owner'

type Opens = 'dialog' | 'listbox' | 'menu'

/** The keys that open, besides pressing the button. */
const KEYS: Record<Opens, readonly string[]> = { dialog: [], listbox: ['ArrowDown', 'ArrowUp', 'Enter'], menu: ['ArrowDown'] }

/**
 * What a button needs to open something: attributes and listeners, to be bound to it. What it opens is made once somebody is at
 * the button; before, it is a button and nothing else, of which a page can have many.
 */
export function useTrigger(open: Ref<boolean>, opens: Opens) {
  const triggerId = useId()
  const contentId = useId()
  const element = shallowRef<HTMLElement>()
  const isWanted = shallowRef(open.value)

  function want({ currentTarget }: Event): void {
    if (currentTarget instanceof HTMLElement) element.value = currentTarget
    isWanted.value = true
  }

  function click(event: MouseEvent): void {
    if (event.defaultPrevented) return
    want(event)
    open.value = !open.value
  }

  function press(event: KeyboardEvent): void {
    if (!KEYS[opens].includes(event.key) || event.defaultPrevented) return
    want(event)
    event.preventDefault()
    open.value = true
  }

  /** The Enter that chose from a list ends here, where the focus has gone back to by then: it must not open it again. */
  function swallow(event: KeyboardEvent): void {
    if (event.key === 'Enter') event.preventDefault()
  }

  /** What was to open could not be fetched: whoever is at the button again asks again. */
  function drop(): void {
    open.value = false
    isWanted.value = false
  }

  return {
    isWanted,
    owner: computed<Owner>(() => ({ element: element.value, triggerId, contentId })),
    drop,
    trigger: computed(() => ({
      id: triggerId,
      'aria-haspopup': opens,
      'aria-expanded': open.value,
      'aria-controls': open.value ? contentId : undefined,
      'data-state': open.value ? 'open' : 'closed',
      onPointerenter: want,
      onFocus: want,
      onClick: click,
      ...(opens === 'dialog' ? {} : { onKeydown: press }),
      ...(opens === 'listbox' ? { onKeypress: swallow } : {}),
    })),
  }
}
