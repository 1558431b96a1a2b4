import type { Freeze, NewFreeze, Tier } from '@/api/types'

export type Phase = 'running' | 'upcoming' | 'past'
export const PHASES = ['running', 'upcoming', 'past'] as const satisfies Phase[]

export function phaseOf(freeze: Pick<Freeze, 'start' | 'end'>, now: Date): Phase {
  if (new Date(freeze.end) <= now) return 'past'
  return new Date(freeze.start) <= now ? 'running' : 'upcoming'
}

/** By phase: what comes next first, what is over from the last to the first. */
export function byPhase(freezes: readonly Freeze[], now: Date): Record<Phase, Freeze[]> {
  const all: Record<Phase, Freeze[]> = { running: [], upcoming: [], past: [] }
  for (const freeze of freezes) all[phaseOf(freeze, now)].push(freeze)
  all.running.sort((a, b) => a.end.localeCompare(b.end))
  all.upcoming.sort((a, b) => a.start.localeCompare(b.start))
  all.past.sort((a, b) => b.end.localeCompare(a.end))
  return all
}

export interface FreezeDraft {
  start: string | null
  end: string | null
  tiers: Tier[]
  environments: string[]
  projectId: string | null
  reason: string
}

/** What a draft asks for, once it says when and what; a reason may still be missing while it is only tried. */
export function asRequest(draft: FreezeDraft, reason = draft.reason.trim()): NewFreeze | null {
  const { start, end, tiers, environments, projectId } = draft
  if (!start || !end || (tiers.length === 0 && environments.length === 0)) return null
  return { start, end, tiers: [...tiers], environments: [...environments], reason, ...(projectId ? { project_id: projectId } : {}) }
}
