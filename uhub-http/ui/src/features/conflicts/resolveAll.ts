import { useQuery, useQueries } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { asProblem } from '@/api/problem'
import { previewResolution, useApplyResolution, useCalendarEvents, type Range } from '@/api/queries/calendar'
import { patchJob, readJob, tryJobPatch, useRefreshJobs, waits } from '@/api/queries/jobs'
import { keys } from '@/api/queries/keys'
import type { Resolved, ResolvedMove } from '@/api/types'
import { deniedByRule, eventsById, samePlan, undoOrder } from './resolution'

export type RowResult = { state: 'moved' | 'waits' | 'undone' | 'skipped' } | { state: 'refused'; why: string }

const words = (error: unknown) => asProblem(error).sentence

/** Preview, application and undo of the moves that free every conflict in a range. */
export function useResolveAll(range: Ref<Range | null>) {
  const refresh = useRefreshJobs()
  const apply = useApplyResolution()
  const applied = ref<Resolved | null>(null)
  const results = ref(new Map<string, RowResult>())
  const isBusy = ref(false)
  const error = ref<unknown>(null)
  const differs = ref(false)

  const preview = useQuery({
    queryKey: computed(() => [...keys.calendar, 'resolution', range.value]),
    queryFn: ({ signal }) => previewResolution(range.value ?? { start: '', end: '' }, undefined, signal),
    enabled: computed(() => range.value !== null && applied.value === null),
    staleTime: 0,
  })
  const events = useCalendarEvents(() => range.value ?? { start: '', end: '' }, () => range.value !== null)
  const plan = computed(() => applied.value ?? preview.data.value ?? null)
  const moves = computed<ResolvedMove[]>(() => plan.value?.moves ?? [])
  const byId = computed(() => eventsById(events.data.value ?? []))

  const unresolved = useQueries({
    queries: computed(() => (plan.value?.unresolved ?? []).slice(0, 30).map((id) => ({
      queryKey: [...keys.jobs, 'one', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id, signal),
    }))),
  })

  /** The words of every rule that refuses, asked by a dry run of one of its moves. */
  const denials = computed(() => [...deniedByRule(preview.data.value?.moves ?? [])])
  const answers = useQueries({
    queries: computed(() => denials.value.map(([rule, move]) => ({
      queryKey: [...keys.jobs, 'denial', rule, move.job_id, move.to.start],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        try {
          await tryJobPatch({ id: move.job_id, patch: { planned_start: move.to.start, planned_end: move.to.end } }, signal)
          return null
        } catch (problem) {
          return words(problem)
        }
      },
    }))),
  })
  const ruleWords = computed(() => new Map(denials.value.map(([rule], index) => [rule, answers.value[index]?.data ?? null])))

  watch(range, () => {
    applied.value = null
    results.value = new Map()
    error.value = null
    differs.value = false
  })

  const note = (id: string, result: RowResult) => (results.value = new Map(results.value).set(id, result))

  /** Asks a second person for a move that the caller may not do alone. */
  async function ask(move: ResolvedMove): Promise<void> {
    try {
      const answer = await patchJob({ id: move.job_id, patch: { planned_start: move.to.start, planned_end: move.to.end } })
      note(move.job_id, { state: waits(answer) ? 'waits' : 'moved' })
    } catch (problem) {
      note(move.job_id, { state: 'refused', why: words(problem) })
    }
  }

  async function run(withApprovals: boolean): Promise<void> {
    if (!range.value || isBusy.value) return
    isBusy.value = true
    error.value = null
    try {
      const before = preview.data.value?.moves ?? []
      const answer = await apply.mutateAsync({ range: range.value })
      applied.value = answer
      differs.value = !samePlan(before, answer.moves)
      for (const move of answer.moves) {
        if (move.applied) note(move.job_id, { state: 'moved' })
        else if (move.refused !== null) note(move.job_id, { state: 'refused', why: move.refused })
        else if (move.decision.effect === 'needs_approval' && withApprovals) await ask(move)
        else note(move.job_id, { state: 'skipped' })
      }
    } catch (problem) {
      error.value = problem
    } finally {
      await refresh()
      isBusy.value = false
    }
  }

  /** Back to where they were, each only if nobody has moved it since. */
  async function undo(changed: string): Promise<void> {
    isBusy.value = true
    for (const move of undoOrder(moves.value.filter(({ job_id }) => results.value.get(job_id)?.state === 'moved'))) {
      try {
        const job = await readJob(move.job_id)
        if (Date.parse(job.planned_start) !== Date.parse(move.to.start)) {
          note(move.job_id, { state: 'refused', why: changed })
          continue
        }
        await patchJob({ id: job.id, version: job.version, patch: { planned_start: move.from.start, planned_end: move.from.end } })
        note(move.job_id, { state: 'undone' })
      } catch (problem) {
        note(move.job_id, { state: 'refused', why: words(problem) })
      }
    }
    await refresh()
    isBusy.value = false
  }

  /** Looks again, after something was done or taken back. */
  function again(): void {
    applied.value = null
    results.value = new Map()
    differs.value = false
    void preview.refetch()
  }

  return { preview, plan, moves, byId, unresolved, ruleWords, applied, results, isBusy, error, differs, run, undo, again }
}
