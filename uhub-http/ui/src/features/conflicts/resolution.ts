import type { CalendarEvent, Job, ResolvedMove } from '@/api/types'
import type { Range } from '@/api/queries/calendar'

export type Why = 'running' | 'approved' | 'allDay' | 'begun' | 'beyond' | 'noRoom'

/** What tells why a job stayed in conflict: facts of the job and of the range, in the order in which the hub looks at them. */
export function whyUnresolved(job: Pick<Job, 'status' | 'tier' | 'all_day' | 'planned_start' | 'planned_end'>, range: Range, now: Date): Why {
  if (job.status === 'running' || job.status === 'queued') return 'running'
  if (job.all_day) return 'allDay'
  if (job.tier === 'prod' && job.status === 'approved') return 'approved'
  const earliest = Math.max(Date.parse(range.start), now.getTime())
  if (Date.parse(job.planned_start) < earliest) return 'begun'
  if (Date.parse(job.planned_end) > Date.parse(range.end)) return 'beyond'
  return 'noRoom'
}

/** The first move of every rule that refuses: one question per rule is enough to know its words. */
export function deniedByRule(moves: readonly ResolvedMove[]): Map<string, ResolvedMove> {
  const all = new Map<string, ResolvedMove>()
  for (const move of moves) {
    if (move.decision.effect === 'deny' && !all.has(move.decision.rule)) all.set(move.decision.rule, move)
  }
  return all
}

/** Whether two plans are the same moves. */
export function samePlan(one: readonly ResolvedMove[], other: readonly ResolvedMove[]): boolean {
  const key = (moves: readonly ResolvedMove[]) => moves.map((move) => `${move.job_id} ${move.to.start} ${move.to.end}`).sort().join('|')
  return key(one) === key(other)
}

/** Later ones first: each comes back to a slot that is free by then, as they went. */
export function undoOrder(moves: readonly ResolvedMove[]): ResolvedMove[] {
  const start = (move: ResolvedMove) => Date.parse(move.from.start)
  const [later, earlier] = [moves.filter((move) => move.shift_seconds >= 0), moves.filter((move) => move.shift_seconds < 0)]
  return [...earlier.sort((a, b) => start(b) - start(a)), ...later.sort((a, b) => start(a) - start(b))]
}

/** Titles and colours by job, from what the calendar shows. */
export function eventsById(events: readonly CalendarEvent[]): Map<string, CalendarEvent> {
  return new Map(events.map((event) => [event.id, event]))
}
