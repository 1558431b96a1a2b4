import { specRows, type SpecRow } from '@/features/jobs/execution'
import type { Approval, Execution, Job } from '@/api/types'

export type ChangeKind = 'same' | 'added' | 'removed' | 'changed'

/** A line of an execution, before and after. */
export interface SpecChange extends Omit<SpecRow, 'value'> {
  kind: ChangeKind
  before: string | null
  after: string | null
}

export function specChanges(before: Execution | null, after: Execution | null): SpecChange[] {
  const old = new Map(specRows(before).map((row) => [row.key, row]))
  const next = new Map(specRows(after).map((row) => [row.key, row]))
  const keys = [...new Set([...next.keys(), ...old.keys()])]
  return keys.map((key) => {
    const [was, is] = [old.get(key), next.get(key)]
    const row = (is ?? was) as SpecRow
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : was.value === is.value ? 'same' : 'changed'
    return { key, field: row.field, isCode: row.isCode, ...(row.name ? { name: row.name } : {}), kind, before: was?.value ?? null, after: is?.value ?? null }
  })
}

export interface SlotValue {
  start: string
  end: string
  allDay: boolean
}

/** A field of a job that an edit would change. `before` is `null` where the job is no longer as it was. */
export type FieldChange =
  | { field: 'slot'; before: SlotValue | null; after: SlotValue }
  | { field: 'execution'; changes: SpecChange[]; removes: boolean }
  | { field: 'title' | 'description' | 'job_type' | 'environment' | 'assignee_id'; before: string | null; after: string | null }
  | { field: 'critical' | 'auto_start'; before: boolean | null; after: boolean | null }

/**
 * What an edit would change, field by field. While it is pending the job is as it was; decided, what the job was before is not
 * known here, and only what was asked for is told.
 */
export function fieldChanges(approval: Approval, job: Job, environmentName: (id: string) => string): FieldChange[] {
  const { change } = approval
  if (change === null) return []
  const isOpen = approval.state === 'pending'
  const found: FieldChange[] = []
  if (change.planned_start !== undefined && change.planned_end !== undefined) {
    found.push({
      field: 'slot',
      before: isOpen ? { start: job.planned_start, end: job.planned_end, allDay: job.all_day } : null,
      after: { start: change.planned_start, end: change.planned_end, allDay: change.all_day ?? false },
    })
  }
  for (const field of ['title', 'description', 'job_type'] as const) {
    const after = change[field]
    if (after !== undefined && after !== null) found.push({ field, before: isOpen ? job[field] : null, after })
  }
  if (change.environment_id !== undefined) {
    const after = change.environment_id === null ? null : environmentName(change.environment_id)
    found.push({ field: 'environment', before: isOpen ? job.environment : null, after })
  }
  if (change.assignee_id !== undefined) found.push({ field: 'assignee_id', before: isOpen ? job.assignee_id : null, after: change.assignee_id })
  if (change.critical !== undefined) found.push({ field: 'critical', before: isOpen ? job.critical : null, after: change.critical })
  if (change.auto_start !== undefined) found.push({ field: 'auto_start', before: isOpen ? job.auto_start : null, after: change.auto_start })
  if (change.execution !== undefined) {
    found.push({
      field: 'execution',
      changes: specChanges(isOpen ? job.execution : change.execution, change.execution),
      removes: change.execution === null,
    })
  }
  return found
}

export interface Span {
  /** Percent of the width. */
  left: number
  width: number
}

/** Two slots on one line with some room around, as percent; a short slot stays visible. */
export function onTimeline(before: SlotValue, after: SlotValue): { before: Span; after: Span } {
  const times = [before, after].flatMap((slot) => [Date.parse(slot.start), Date.parse(slot.end)])
  const [low, high] = [Math.min(...times), Math.max(...times)]
  const room = Math.max(1, high - low) * 0.08
  const width = high - low + room * 2
  const place = (slot: SlotValue): Span => {
    const left = ((Date.parse(slot.start) - low + room) / width) * 100
    const wide = Math.max(2.5, ((Date.parse(slot.end) - Date.parse(slot.start)) / width) * 100)
    return { left: Math.min(left, 100 - wide), width: wide }
  }
  return { before: place(before), after: place(after) }
}
