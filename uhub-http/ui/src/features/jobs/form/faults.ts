import { nextTick } from 'vue'
import { formErrors, type Problem } from '@/api/problem'
import type { Translate } from '@/i18n'
import type { JobDraft } from './draft'
import type { Faults } from './execution'

const KNOWN = [
  'project_id', 'title', 'description', 'job_type', 'environment', 'planned_start', 'planned_end', 'assignee_id', 'critical', 'auto_start',
  'recurrence', 'recurrence.rule', 'execution', 'execution.backend', 'execution.command', 'execution.working_dir', 'execution.image', 'execution.url', 'execution.method',
  'execution.payload', 'execution.timeout_seconds', 'execution.max_attempts', 'execution.priority', 'execution.limits.cpus',
  'execution.limits.memory_mb', 'execution.limits.pids',
] as const

/** Where the hub calls limits by their own names alone. */
const LIMIT = /^execution\.(cpus|memory_mb|pids)$/

/** What the hub says of the input, at the controls that the form has; `null` where it belongs to none of them. */
export function faultsOf(problem: Problem, draft: JobDraft): Faults | null {
  const names = [
    ...draft.execution.env.map((pair) => `execution.env.${pair.name.trim()}`),
    ...draft.execution.secrets.map((pair) => `execution.secrets.${pair.name.trim()}`),
  ]
  const limit = LIMIT.exec(problem.field ?? '')?.[1]
  if (limit) return { [`execution.limits.${limit}`]: problem.sentence }
  const { fields } = formErrors(problem, [...KNOWN, ...names])
  return Object.keys(fields).length > 0 ? (fields as Faults) : null
}

/** Our own findings, in words. */
export function inWords(faults: Faults, t: Translate): Faults {
  return Object.fromEntries(Object.entries(faults).map(([path, key]) => [path, t(key)]))
}

/** To the first control that is wrong, once it is marked. */
export async function focusFirst(form: HTMLElement | null): Promise<void> {
  await nextTick()
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
