import type { CalendarEvent, JobStatus, JobType, Tier } from '@/api/types'
import { addDays } from '@/ui/time'
import type { Zone } from './zone'

/** A slot as it is shown and dragged: instants, half-open. */
export interface Slot {
  start: number
  end: number
  allDay: boolean
}

/** A job in the calendar. */
export interface Item extends Slot {
  id: string
  title: string
  /** The first and the last day that it touches, in the hub's zone. */
  firstDay: string
  lastDay: string
  color: string
  editable: boolean
  projectId: string
  projectName: string
  type: JobType
  environment: string | null
  tier: Tier
  status: JobStatus
  critical: boolean
  conflict: boolean
  conflictsWith: readonly string[]
  frozenBy: string | null
  needsApproval: boolean
  assigneeId: string | null
  /** What it is an occurrence of, where it repeats. */
  seriesId: string | null
  version: number
  /** Where it would go if a second person agrees. */
  pending: Slot | null
}

const OVER: ReadonlySet<JobStatus> = new Set(['succeeded', 'failed', 'cancelled', 'missed'])

export function isOver(status: JobStatus): boolean {
  return OVER.has(status)
}

/** The days that a slot touches. */
export function daysOf({ start, end }: Pick<Slot, 'start' | 'end'>, zone: Zone): { firstDay: string; lastDay: string } {
  const firstDay = zone.dayOf(start)
  const lastDay = zone.dayOf(Math.max(end - 1, start))
  return { firstDay, lastDay }
}

export function toItem(event: CalendarEvent, zone: Zone): Item {
  const props = event.extendedProps
  const start = event.allDay ? zone.startOf(event.start) : Date.parse(event.start)
  const end = event.allDay ? zone.startOf(event.end) : Date.parse(event.end)
  const days = event.allDay ? { firstDay: event.start, lastDay: addDays(event.end, -1) } : daysOf({ start, end }, zone)
  return {
    id: event.id,
    title: event.title,
    start,
    end,
    allDay: event.allDay,
    ...days,
    color: event.color,
    editable: event.editable,
    projectId: props.project_id,
    projectName: props.project_name,
    type: props.job_type,
    environment: props.environment,
    tier: props.tier,
    status: props.status,
    critical: props.critical,
    conflict: props.conflict,
    conflictsWith: props.conflicts_with,
    frozenBy: props.frozen_by,
    needsApproval: props.needs_approval,
    assigneeId: props.assignee_id,
    seriesId: props.series_id,
    version: props.version,
    pending: props.pending_move
      ? { start: Date.parse(props.pending_move.start), end: Date.parse(props.pending_move.end), allDay: event.allDay }
      : null,
  }
}

/** The same job in another slot. */
export function moved(item: Item, slot: Slot, zone: Zone): Item {
  return { ...item, ...slot, ...daysOf(slot, zone) }
}

/** In the order in which a day is read: whole days first, then by time, longer ones first. */
export function byTime(a: Item, b: Item): number {
  if (a.allDay !== b.allDay) return a.allDay ? -1 : 1
  return a.start - b.start || b.end - a.end || a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1)
}

/** Items by every day that they touch, within `[from, to)`. */
export function byDay(items: readonly Item[], from: string, to: string): Map<string, Item[]> {
  const days = new Map<string, Item[]>()
  for (const item of items) {
    for (let day = item.firstDay < from ? from : item.firstDay; day <= item.lastDay && day < to; day = addDays(day, 1)) {
      const list = days.get(day)
      if (list) list.push(item)
      else days.set(day, [item])
    }
  }
  for (const list of days.values()) list.sort(byTime)
  return days
}
