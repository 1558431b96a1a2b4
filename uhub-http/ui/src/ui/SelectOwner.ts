import { injectSelectRootContext } from 'reka-ui'
import { defineComponent, watchSyncEffect } from 'vue'

/** Tells the list around it whose it is: what gets the focus back, and what it is as wide as. */
export default defineComponent((props: { element: HTMLElement | undefined; contentId: string }) => {
  const root = injectSelectRootContext()
  root.contentId = props.contentId
  // The press that opened it is over by now.
  root.triggerPointerDownPosRef.value = null
  watchSyncEffect(() => (root.triggerElement.value = props.element))
  return () => null
}, { props: ['element', 'contentId'] })
