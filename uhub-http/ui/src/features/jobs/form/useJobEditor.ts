import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import { readJob, usePatchJob, waits } from '@/api/queries/jobs'
import type { Approval, Job, PatchJob, Project, SeriesScope } from '@/api/types'
import { askScope } from '@/features/repeat/scope'
import { translate } from '@/i18n'
import { useToasts } from '@/ui/toasts'
import { changedFields, draftOf, fieldsOf, patchBody, type FieldName, type JobDraft, type JobFields } from './draft'
import type { Faults } from './execution'
import { faultsOf, inWords } from './faults'
import { compare, merge, type Merge } from './merge'

/** Somebody else saved first. */
export interface Collision extends Merge {
  base: JobFields
  mine: JobFields
  theirs: JobFields
  job: Job
}

/** One job while it is edited: what was read, what was typed, and what others did meanwhile. */
export function useJobEditor(job: Ref<Job | undefined>, project: Ref<Project | undefined>) {
  const toasts = useToasts()
  const mutation = usePatchJob()
  const base = shallowRef<Job | null>(null)
  const draft = ref<JobDraft | null>(null)
  const errors = ref<Faults>({})
  const problem = shallowRef<Problem | null>(null)
  const collision = shallowRef<Collision | null>(null)
  /** What was just asked for and waits for a second person. */
  const waiting = shallowRef<Approval | null>(null)

  const fields = (of: JobDraft) => fieldsOf(of, project.value)
  const baseFields = computed(() => (base.value === null ? null : fields(draftOf(base.value)).fields))
  const isDirty = computed(() => {
    if (draft.value === null || baseFields.value === null) return false
    const now = fields(draft.value)
    return Object.keys(now.faults).length > 0 || changedFields(baseFields.value, now.fields).length > 0
  })
  /** The job has moved on since what is being edited was read. */
  const isBehind = computed(() => base.value !== null && job.value !== undefined && job.value.id === base.value.id && job.value.version > base.value.version)

  function reset(to: Job): void {
    base.value = to
    draft.value = draftOf(to)
    errors.value = {}
    problem.value = null
    collision.value = null
  }
  watch(job, (now) => {
    if (now && (base.value?.id !== now.id || !isDirty.value)) reset(now)
  }, { immediate: true })

  async function send(id: string, version: number, patch: PatchJob, scope?: SeriesScope): Promise<boolean> {
    try {
      const answer = await mutation.mutateAsync({ id, version, patch, ...(scope ? { scope } : {}) })
      if (waits(answer)) {
        waiting.value = answer.approval
        if ('job' in answer) reset(answer.job)
      } else {
        waiting.value = null
        reset(answer)
        toasts.show({ tone: 'success', text: translate('jobs.form.saved') })
      }
      return true
    } catch (thrown) {
      const failed = asProblem(thrown)
      if (failed.isStale) await collide(id)
      else {
        const at = draft.value === null ? null : faultsOf(failed, draft.value)
        if (at === null) problem.value = failed
        else errors.value = at
      }
      return false
    }
  }

  async function collide(id: string): Promise<void> {
    try {
      const now = await readJob(id)
      if (draft.value === null || baseFields.value === null) return
      const [mine, theirs] = [fields(draft.value).fields, fields(draftOf(now)).fields]
      collision.value = { ...compare(baseFields.value, mine, theirs), base: baseFields.value, mine, theirs, job: now }
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  /** @returns whether it went; else `errors`, `problem` or `collision` say why not, or it was thought better of */
  async function save(more: Pick<PatchJob, 'break_glass' | 'reason'> = {}): Promise<boolean> {
    if (base.value === null || draft.value === null || baseFields.value === null) return false
    problem.value = null
    const { fields: mine, faults } = fields(draft.value)
    errors.value = inWords(faults, translate)
    if (mine.slot.planned_start === null) errors.value['planned_start'] = translate('jobs.fault.start')
    if (Object.keys(errors.value).length > 0) return false
    const scope = base.value.series_id === null ? undefined : await askScope('edit', base.value.title)
    if (scope === null) return false
    return send(base.value.id, base.value.version, { ...patchBody(baseFields.value, mine), ...more }, scope)
  }

  /** Saves one's own changes on top of theirs. */
  async function resolve(keepMine: ReadonlySet<FieldName>): Promise<boolean> {
    const found = collision.value
    if (found === null) return false
    const merged = merge(found.base, found.mine, found.theirs, keepMine)
    collision.value = null
    const patch = patchBody(found.theirs, merged)
    if (Object.keys(patch).length === 0) {
      reset(found.job)
      return true
    }
    return send(found.job.id, found.job.version, patch)
  }

  function discard(): void {
    const now = job.value ?? base.value
    if (now) reset(now)
  }

  return { base, draft, errors, problem, collision, waiting, isDirty, isBehind, isSaving: mutation.isPending, save, resolve, discard }
}

export type JobEditor = ReturnType<typeof useJobEditor>
