import type { Project, Tier } from '@/api/types'
import { isOver, type Item } from '@/features/calendar/model'

export const GROUPINGS = ['project', 'pool'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** A row of the timeline. */
export interface Group {
  /** A project's id or a pool's name; empty for jobs in no environment. */
  key: string
  name: string
  color: string | null
  /** The tiers whose environments share the pool. */
  tiers: Tier[]
  items: Item[]
}

/** Which pool a job is in: what is physically shared. */
export function poolOf(item: Item, projects: ReadonlyMap<string, Project>): string | null {
  if (item.environment === null) return null
  const environment = projects.get(item.projectId)?.environments.find(({ name }) => name === item.environment)
  return environment?.pool ?? item.environment
}

/** Jobs by what they are shown under. Every project and pool has its row, also where nothing is planned; jobs in none come last. */
export function groupItems(
  items: readonly Item[], by: Grouping, projects: ReadonlyMap<string, Project>, only: { projects: readonly string[]; environments: readonly string[] },
): Group[] {
  const groups = new Map<string, Group>()
  const group = (key: string, name: string, color: string | null): Group => {
    let known = groups.get(key)
    if (!known) {
      known = { key, name, color, tiers: [], items: [] }
      groups.set(key, known)
    }
    return known
  }
  for (const project of projects.values()) {
    if (only.projects.length > 0 && !only.projects.includes(project.id)) continue
    if (by === 'project') group(project.id, project.name, project.color)
    else {
      for (const { name, pool, tier } of project.environments) {
        if (only.environments.length > 0 && !only.environments.includes(name)) continue
        const { tiers } = group(pool, pool, null)
        if (!tiers.includes(tier)) tiers.push(tier)
      }
    }
  }
  for (const item of items) {
    if (by === 'project') group(item.projectId, item.projectName, projects.get(item.projectId)?.color ?? item.color).items.push(item)
    else {
      const pool = poolOf(item, projects)
      group(pool ?? '', pool ?? '', null).items.push(item)
    }
  }
  return [...groups.values()].sort((a, b) => Number(a.key === '') - Number(b.key === '') || rank(a) - rank(b) || a.name.localeCompare(b.name))
}

/** Production first: there a collision costs most. */
function rank({ tiers }: Group): number {
  return tiers.includes('prod') ? 0 : tiers.includes('staging') ? 1 : 2
}

export interface Lanes {
  /** The lane of each job that is shown. */
  lanes: Map<string, number>
  /** How many there are in all. */
  count: number
}

/** Jobs one below the other where they would overlap. `least` is how long the shortest is drawn. */
export function packLanes(items: readonly Item[], least: number): Lanes {
  const ends: number[] = []
  const lanes = new Map<string, number>()
  for (const item of [...items].sort((a, b) => a.start - b.start || b.end - a.end || (a.id < b.id ? -1 : 1))) {
    let lane = ends.findIndex((end) => end <= item.start)
    if (lane === -1) lane = ends.length
    ends[lane] = Math.max(item.end, item.start + least)
    lanes.set(item.id, lane)
  }
  return { lanes, count: ends.length }
}

export interface Span {
  start: number
  end: number
}

/** When jobs of a pool stand in each other's way. */
export function clashes(items: readonly Item[]): Span[] {
  const edges = items
    .filter((item) => item.conflict && item.critical && !isOver(item.status))
    .flatMap((item) => [{ at: item.start, by: 1 }, { at: item.end, by: -1 }])
    // Touching ends do not overlap: who leaves goes first.
    .sort((a, b) => a.at - b.at || a.by - b.by)
  const spans: Span[] = []
  let depth = 0
  let since = 0
  for (const { at, by } of edges) {
    if (depth === 1 && by === 1) since = at
    if (depth === 2 && by === -1 && at > since) {
      const last = spans.at(-1)
      if (last && last.end === since) last.end = at
      else spans.push({ start: since, end: at })
    }
    depth += by
  }
  return spans
}
