import type { Job, JobOutcome } from '@/api/types'
import { asProblem, type Problem } from '@/api/problem'
import { waits } from '@/api/queries/jobs'
import type { Slot } from './model'

/** What collides, as people are told. */
export interface Collision {
  kind: 'job' | 'freeze'
  id: string
  title: string
}

/** What the hub says of a move, before or after it. */
export type Verdict =
  | { kind: 'free' }
  | { kind: 'conflicts'; with: Collision[] }
  | { kind: 'approval'; with: Collision[] }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'stale' }

function collisions(job: Job): Collision[] {
  return job.conflicts.map(({ kind, id, title }) => ({ kind, id, title }))
}

export function verdictOf(answer: Job | JobOutcome): Verdict {
  if (waits(answer)) return { kind: 'approval', with: collisions((answer as JobOutcome).job) }
  const found = collisions(answer as Job)
  return found.length > 0 ? { kind: 'conflicts', with: found } : { kind: 'free' }
}

export function verdictOfError(error: unknown): Verdict {
  const problem = asProblem(error)
  return problem.isStale ? { kind: 'stale' } : { kind: 'refused', problem }
}

/** The part of a job that a move changes. Whole days end at the midnight after the last. */
export function slotPatch({ start, end, allDay }: Slot) {
  return { planned_start: new Date(start).toISOString(), planned_end: new Date(end).toISOString(), all_day: allDay }
}

export function slotKey({ start, end, allDay }: Slot): string {
  return `${start}-${end}-${allDay}`
}

/**
 * Asks about the slot under the pointer, or about what a form holds, once it rests, and tells what comes back while it still
 * does. What was asked in the same drag is not asked again.
 */
export function createProbe<Q, V>(
  ask: (of: Q, signal: AbortSignal) => Promise<V>,
  tell: (of: Q, verdict: V | null) => void,
  keyOf: (of: Q) => string,
  delay = 120,
) {
  const known = new Map<string, V>()
  let timer: ReturnType<typeof setTimeout> | null = null
  let current = ''
  let stop = new AbortController()

  function forget(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    stop.abort()
  }

  return {
    /** The pointer is over this slot, the form holds this. */
    over(of: Q): void {
      const key = keyOf(of)
      if (key === current) return
      current = key
      forget()
      const answer = known.get(key)
      tell(of, answer ?? null)
      if (answer !== undefined) return
      stop = new AbortController()
      const { signal } = stop
      timer = setTimeout(() => {
        ask(of, signal).then((verdict) => {
          // What was called off has had no answer.
          if (signal.aborted) return
          known.set(key, verdict)
          if (key === current) tell(of, verdict)
        }, () => undefined)
      }, delay)
    },
    /** The drag has ended, the form holds nothing to ask. */
    end(): void {
      forget()
      known.clear()
      current = ''
    },
  }
}
