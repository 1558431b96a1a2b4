import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import { LineStore } from './store'
import { followLog, type LogEnd, type StreamState } from './stream'

/** New lines are shown so often at most, however fast they come. */
const SHOW_MS = 60

/** The log of a run as it grows. `version` tells that there is more in `store`, which is no reactive object itself. */
export function useLog(runId: Ref<string>) {
  const store = shallowRef(new LineStore())
  const version = ref(0)
  const state = ref<StreamState>('connecting')
  const end = shallowRef<LogEnd | null>(null)
  const problem = shallowRef<Problem | null>(null)
  let stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | null = null

  function showSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      version.value += 1
    }, SHOW_MS)
  }

  function start(): void {
    stop.abort()
    const mine = (stop = new AbortController())
    const lines = (store.value = new LineStore())
    end.value = problem.value = null
    version.value += 1
    followLog(runId.value, {
      chunk(output, text) {
        lines.append(output, text)
        showSoon()
      },
      state: (now) => (state.value = now),
      end(how) {
        lines.end()
        end.value = how
        showSoon()
      },
    }, mine.signal).catch((error: unknown) => {
      if (!mine.signal.aborted) problem.value = asProblem(error)
    })
  }

  watch(runId, start, { immediate: true })
  onScopeDispose(() => {
    stop.abort()
    if (timer !== null) clearTimeout(timer)
  })
  return { store, version, state, end, problem, restart: start }
}
