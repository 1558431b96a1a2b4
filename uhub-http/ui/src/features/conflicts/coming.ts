import type { ConflictGroup } from '@/api/types'
import type { Range } from '@/api/queries/calendar'

const HOUR = 3_600_000

/** The coming 30 days, from this hour on: the same question for an hour, so that its answer can be kept. */
export function coming(now: Date, days = 30): Range {
  const start = Math.floor(now.getTime() / HOUR) * HOUR
  return { start: new Date(start).toISOString(), end: new Date(start + days * 24 * HOUR).toISOString() }
}

export interface PoolConflicts {
  pool: string
  groups: ConflictGroup[]
}

/** By pool, each by time; the pool that comes first, first. */
export function byPool(groups: readonly ConflictGroup[]): PoolConflicts[] {
  const pools = new Map<string, ConflictGroup[]>()
  for (const group of [...groups].sort((a, b) => a.start.localeCompare(b.start))) {
    pools.set(group.pool, [...(pools.get(group.pool) ?? []), group])
  }
  return [...pools].map(([pool, all]) => ({ pool, groups: all }))
}

/** How many jobs collide that did not before. */
export function newlyColliding(before: readonly ConflictGroup[], after: readonly ConflictGroup[]): number {
  const jobs = (groups: readonly ConflictGroup[]) => new Set(groups.flatMap((group) => group.jobs.map(({ id }) => id)))
  const known = jobs(before)
  return [...jobs(after)].filter((id) => !known.has(id)).length
}
