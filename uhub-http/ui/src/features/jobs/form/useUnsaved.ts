import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

/** Asks before what was typed is left behind: within the app by a dialog of ours, else by the browser's. */
export function useUnsaved(isDirty: Ref<boolean>) {
  const isAsking = ref(false)
  let answer: ((leave: boolean) => void) | null = null

  function reply(leave: boolean): void {
    isAsking.value = false
    answer?.(leave)
    answer = null
  }

  function guard(to: RouteLocationNormalized, from: RouteLocationNormalized): boolean | Promise<boolean> {
    // Another tab of the same page leaves nothing behind.
    if (!isDirty.value || to.path === from.path) return true
    isAsking.value = true
    return new Promise((done) => (answer = done))
  }
  onBeforeRouteLeave(guard)
  onBeforeRouteUpdate(guard)

  function warn(event: BeforeUnloadEvent): void {
    if (isDirty.value) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', warn))
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', warn)
    reply(false)
  })
  return { isAsking, stay: () => reply(false), leave: () => reply(true) }
}
