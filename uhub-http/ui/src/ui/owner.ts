import { defineComponent, watchSyncEffect, type Ref } from 'vue'

/** The button from which something opens, as what opens is told of it. */
export interface Owner {
  element: HTMLElement | undefined
  triggerId: string
  contentId: string
}

/** Where it opens, as seen from the button. */
export interface Placement {
  align: 'start' | 'center' | 'end'
  side: 'top' | 'right' | 'bottom' | 'left'
}

interface Root {
  triggerElement: Ref<HTMLElement | undefined>
  triggerId?: string
  contentId: string
}

/** To stand in what opens: tells it whose it is, which is what gets the focus back and what is no outside of it. */
export function ownerIn(inject: () => Root) {
  return defineComponent((owner: Owner) => {
    const root = inject()
    root.triggerId = owner.triggerId
    root.contentId = owner.contentId
    watchSyncEffect(() => (root.triggerElement.value = owner.element))
    return () => null
  }, { props: ['element', 'triggerId', 'contentId'] })
}
