import { onScopeDispose, shallowRef, watch } from 'vue'
import { tryCreateJob } from '@/api/queries/jobs'
import type { CreateJob } from '@/api/types'
import { createProbe, verdictOf, verdictOfError, type Verdict } from './verdict'

/** Titles and descriptions collide with nothing: a place is asked about before it has any. */
const UNNAMED = { title: '–', description: '' }
const RESTS_MS = 250

/**
 * What planning it would come to, asked once the form rests. `null` while it is asked; `undefined` where there is nothing to
 * ask, or where the input is wrong in itself, which the form says once it is sent.
 */
export function useTrial(body: () => CreateJob | null) {
  const verdict = shallowRef<Verdict | null>()

  const probe = createProbe(
    (of: CreateJob, signal) => tryCreateJob(of, signal).then(verdictOf, verdictOfError),
    (_of, found) => (verdict.value = found?.kind === 'refused' && found.problem.field ? undefined : found),
    JSON.stringify,
    RESTS_MS,
  )
  watch(body, (now) => {
    if (now !== null) return probe.over({ ...now, ...UNNAMED })
    probe.end()
    verdict.value = undefined
  }, { immediate: true })
  onScopeDispose(probe.end)

  return verdict
}
