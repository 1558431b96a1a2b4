import { computed, shallowRef, useId, type Ref } from 'vue'

/**
 * What a button needs to open something: attributes and listeners, to be bound to it. What it opens is made once somebody is at
 * the button; before, it is a button and nothing else, of which a page can have many.
 */
export function useTrigger(open: Ref<boolean>, opens: 'dialog' | 'listbox' | 'menu') {
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
    const isUp = event.key === 'ArrowUp' && opens === 'listbox'
    if ((event.key !== 'ArrowDown' && !isUp) || event.defaultPrevented) return
    want(event)
    event.preventDefault()
    open.value = true
  }

  return {
    triggerId,
    contentId,
    element,
    isWanted,
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
    })),
  }
}
