import type { LocationQueryRaw } from 'vue-router'
import type { CreateJob, JobType, Project } from '@/api/types'
import { NEVER, toRule, type Frequency } from '@/features/repeat/rule'
import type { Slot } from './model'
import { slotPatch } from './verdict'
import type { Zone } from './zone'

/** What the quick form asks for. */
export interface Draft {
  title: string
  projectId: string | null
  type: JobType
  environment: string | null
  /** `null`: type and environment tell. */
  critical: boolean | null
  slot: Slot
  /** The usual ways; the others are the full form's. */
  repeat: Frequency
}

const MORNING = 9 * 60
const HOUR = 3_600_000

/** A span of days dragged in the month: of one day an hour of the morning is meant, of several the days. */
export function draftSlot(slot: Slot, zone: Zone): Slot {
  const day = zone.dayOf(slot.start)
  const isOneDay = slot.allDay && zone.dayOf(slot.end - 1) === day
  if (!isOneDay) return slot
  const start = zone.at(day, MORNING)
  return { start, end: start + HOUR, allDay: false }
}

/** Environments that jobs of this type can be planned in: a meeting has none. */
export function environmentsFor(project: Project | undefined, type: JobType) {
  return type === 'meeting' ? [] : (project?.environments ?? [])
}

export function toCreate(draft: Draft, zone: Zone): CreateJob | null {
  if (draft.projectId === null) return null
  const environment = draft.type === 'meeting' ? null : draft.environment
  const rule = toRule({ ...NEVER, frequency: draft.repeat }, zone.dayOf(draft.slot.start))
  return {
    project_id: draft.projectId,
    title: draft.title.trim(),
    job_type: draft.type,
    ...(environment ? { environment } : {}),
    ...(draft.critical === null ? {} : { critical: draft.critical }),
    ...slotPatch(draft.slot),
    ...(rule === null ? {} : { recurrence: { rule } }),
  } as CreateJob
}

/** The same for the full form's address. */
export function toQuery(draft: Draft): LocationQueryRaw {
  const { planned_start, planned_end, all_day } = slotPatch(draft.slot)
  return {
    ...(draft.title.trim() ? { title: draft.title.trim() } : {}),
    ...(draft.projectId ? { project_id: draft.projectId } : {}),
    job_type: draft.type,
    ...(draft.environment && draft.type !== 'meeting' ? { environment: draft.environment } : {}),
    ...(draft.critical === null ? {} : { critical: String(draft.critical) }),
    start: planned_start,
    end: planned_end,
    ...(all_day ? { all_day: 'true' } : {}),
    ...(draft.repeat === 'never' ? {} : { repeat: draft.repeat }),
  }
}
