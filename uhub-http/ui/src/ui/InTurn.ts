import { defineComponent, onMounted, shallowRef } from 'vue'
import { inNextTask } from './idle'

/** What is in it is made in a task of its own, after what is around it is there: all at once, a phone would hear nobody for long. */
export default defineComponent((_, { slots }) => {
  const isTurn = shallowRef(false)
  onMounted(() => inNextTask(() => (isTurn.value = true)))
  return () => (isTurn.value ? slots['default']?.() : null)
})
