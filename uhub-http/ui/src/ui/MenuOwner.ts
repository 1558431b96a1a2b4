import { injectDropdownMenuRootContext } from 'reka-ui'
import { defineComponent, watchSyncEffect } from 'vue'

/** Tells the menu around it whose it is: what gets the focus back, and what is no outside of it. */
export default defineComponent((props: { element: HTMLElement | undefined; triggerId: string; contentId: string }) => {
  const root = injectDropdownMenuRootContext()
  root.triggerId = props.triggerId
  root.contentId = props.contentId
  watchSyncEffect(() => (root.triggerElement.value = props.element))
  return () => null
}, { props: ['element', 'triggerId', 'contentId'] })
