import { useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import { asProblem } from '@/api/problem'
import { keys } from '@/api/queries/keys'
import { patchJob, tryJobPatch, useRefreshJobs, waits } from '@/api/queries/jobs'
import type { Job } from '@/api/types'

export interface Slot {
  start: string
  end: string
}

/** The last thing done in the dialog: shown there, since a message at the edge of the page would be behind it. */
export interface Done {
  outcome: 'moved' | 'waits' | 'undone'
  jobId: string
  title: string
  from: Slot
  to: Slot
  allDay: boolean
  /** The version that the move made; taking it back must not undo another's change. */
  version: number
}

/** Moves jobs by the API, and takes the last move back. */
export function useMoving() {
  const refresh = useRefreshJobs()
  const done = ref<Done | null>(null)
  const error = ref<unknown>(null)
  const busy = ref<string | null>(null)

  async function send(key: string, job: Pick<Job, 'id' | 'version' | 'title' | 'all_day'>, from: Slot, to: Slot, isUndo: boolean) {
    busy.value = key
    error.value = null
    try {
      const answer = await patchJob({ id: job.id, version: job.version, patch: { planned_start: to.start, planned_end: to.end } })
      const said = { jobId: job.id, title: job.title, from, to, allDay: job.all_day }
      done.value = waits(answer)
        ? { ...said, outcome: 'waits', version: job.version }
        : { ...said, outcome: isUndo ? 'undone' : 'moved', version: (answer as Job).version }
    } catch (problem) {
      error.value = problem
    } finally {
      await refresh()
      busy.value = null
    }
  }

  return {
    done,
    error,
    busy,
    move: (job: Job, to: Slot) => send(to.start, job, { start: job.planned_start, end: job.planned_end }, to, false),
    undo: () => {
      const last = done.value
      if (last?.outcome !== 'moved') return Promise.resolve()
      return send('undo', { id: last.jobId, version: last.version, title: last.title, all_day: last.allDay }, last.to, last.from, true)
    },
    clear: () => {
      done.value = null
      error.value = null
    },
  }
}

/** Why the caller may not move a job, in the words of the rule: asked by a dry run that changes nothing. */
export function useRefusal(job: MaybeRefOrGetter<Job | undefined>, enabled: MaybeRefOrGetter<boolean>) {
  const query = useQuery({
    queryKey: computed(() => [...keys.jobs, 'refusal', toValue(job)?.id, toValue(job)?.version]),
    queryFn: async ({ signal }) => {
      const one = toValue(job)
      if (!one) return null
      try {
        // Some other slot of the same length: to stay where it is, nobody needs leave.
        const later = (at: string) => new Date(Date.parse(at) + 86_400_000).toISOString()
        await tryJobPatch({ id: one.id, patch: { planned_start: later(one.planned_start), planned_end: later(one.planned_end) } }, signal)
        return null
      } catch (problem) {
        const refused = asProblem(problem)
        if (refused.status === 403 || refused.status === 409) return refused.sentence
        throw problem
      }
    },
    enabled: computed(() => toValue(enabled) && toValue(job) !== undefined),
  })
  return computed(() => query.data.value ?? null)
}
