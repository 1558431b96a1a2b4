import type { CreateJob, Execution, Job, JobType, PatchJob, Project } from '@/api/types'
import { JOB_TYPES } from '@/api/types'
import { FREQUENCIES, NEVER, type Repeat } from '@/features/repeat/rule'
import { emptyExecution, executionForm, executionOf, shapeOf, type ExecutionForm, type Faults } from './execution'

/** A job as it is edited. */
export interface JobDraft {
  project_id: string | null
  title: string
  description: string
  job_type: JobType
  environment: string | null
  planned_start: string | null
  planned_end: string | null
  all_day: boolean
  assignee_id: string | null
  critical: 'auto' | 'yes' | 'no'
  auto_start: boolean
  has_execution: boolean
  execution: ExecutionForm
  /** How a new job repeats; of one that is there, its series tells. */
  repeat: Repeat
}

export function draftOf(job: Job): JobDraft {
  return {
    project_id: job.project_id,
    title: job.title,
    description: job.description,
    job_type: job.job_type,
    environment: job.environment,
    planned_start: job.planned_start,
    planned_end: job.planned_end,
    all_day: job.all_day,
    assignee_id: job.assignee_id,
    critical: job.critical === null ? 'auto' : job.critical ? 'yes' : 'no',
    auto_start: job.auto_start,
    has_execution: job.execution !== null,
    execution: executionForm(job.execution),
    repeat: { ...NEVER },
  }
}

type Query = Record<string, unknown>

const one = (query: Query, key: string): string | null => {
  const value = query[key]
  return typeof value === 'string' && value !== '' ? value : null
}

function instant(value: string | null): string | null {
  const at = value === null ? NaN : Date.parse(value)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

const CRITICAL: Record<string, JobDraft['critical']> = { true: 'yes', false: 'no' }

/**
 * A new job from what an address says: `start`, `end`, `all_day`, `project_id`, `title`, `job_type`, `environment`, `critical`,
 * `repeat`.
 */
export function draftFromQuery(query: Query, nextHour: Date): JobDraft {
  const type = JOB_TYPES.find((known) => known === one(query, 'job_type')) ?? 'ops'
  return {
    project_id: one(query, 'project_id'),
    title: one(query, 'title') ?? '',
    description: '',
    job_type: type,
    environment: one(query, 'environment'),
    planned_start: instant(one(query, 'start')) ?? nextHour.toISOString(),
    planned_end: instant(one(query, 'end')),
    all_day: one(query, 'all_day') === 'true' || one(query, 'all_day') === '1',
    assignee_id: null,
    critical: CRITICAL[one(query, 'critical') ?? ''] ?? 'auto',
    auto_start: true,
    has_execution: false,
    execution: emptyExecution(),
    repeat: { ...NEVER, frequency: FREQUENCIES.find((known) => known === one(query, 'repeat')) ?? 'never' },
  }
}

/** What the API keeps of a job, field by field as people think of them: the slot is one. */
export interface JobFields {
  title: string
  description: string
  job_type: JobType
  environment: string | null
  slot: { planned_start: string | null; planned_end: string | null; all_day: boolean }
  assignee_id: string | null
  critical: boolean | null
  auto_start: boolean
  execution: Execution | null
}

export const FIELDS = [
  'title', 'description', 'job_type', 'environment', 'slot', 'assignee_id', 'critical', 'auto_start', 'execution',
] as const satisfies (keyof JobFields)[]
export type FieldName = (typeof FIELDS)[number]

export function fieldsOf(draft: JobDraft, project: Pick<Project, 'execution_backend'> | undefined): { fields: JobFields; faults: Faults } {
  const isMeeting = draft.job_type === 'meeting'
  const isExecuted = draft.has_execution && !isMeeting
  const { execution, faults } = executionOf(draft.execution, shapeOf(draft.execution, project))
  return {
    fields: {
      title: draft.title.trim(),
      description: draft.description,
      job_type: draft.job_type,
      environment: isMeeting ? null : draft.environment,
      slot: { planned_start: draft.planned_start, planned_end: draft.planned_end, all_day: draft.all_day },
      assignee_id: draft.assignee_id,
      critical: draft.critical === 'auto' ? null : draft.critical === 'yes',
      auto_start: isExecuted && draft.auto_start,
      execution: isExecuted ? execution : null,
    },
    faults: isExecuted ? faults : {},
  }
}

/** The same, whatever the order of keys. */
export function sameValue(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? 'undefined'
}

export function changedFields(before: JobFields, after: JobFields): FieldName[] {
  return FIELDS.filter((field) => !sameValue(before[field], after[field]))
}

export function createBody(projectId: string, start: string, fields: JobFields, rule: string | null = null): CreateJob {
  const { slot, execution, auto_start, description, ...rest } = fields
  return {
    project_id: projectId,
    ...rest,
    ...(description ? { description } : {}),
    planned_start: start,
    ...(slot.planned_end ? { planned_end: slot.planned_end } : {}),
    all_day: slot.all_day,
    ...(execution ? { execution, auto_start } : {}),
    ...(rule === null ? {} : { recurrence: { rule } }),
  }
}

/** Only what has changed: what is left out stays as it is by then. */
export function patchBody(before: JobFields, after: JobFields): PatchJob {
  const patch: PatchJob = {}
  for (const field of changedFields(before, after)) {
    if (field === 'slot') {
      const { planned_start, planned_end, all_day } = after.slot
      if (planned_start !== null) patch.planned_start = planned_start
      patch.planned_end = planned_end
      patch.all_day = all_day
    } else Object.assign(patch, { [field]: after[field] })
  }
  return patch
}
