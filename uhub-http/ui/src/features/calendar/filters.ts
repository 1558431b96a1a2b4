import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { JOB_TYPES, type JobType } from '@/api/types'
import type { Item } from './model'
import { isDay } from './range'
import { VIEWS, type View } from './views'

export const COLOR_MODES = ['project', 'type', 'status'] as const
export type ColorMode = (typeof COLOR_MODES)[number]

/** What is left out; empty lists leave out nothing. */
export interface Filters {
  projects: string[]
  environments: string[]
  types: JobType[]
  mine: boolean
}

export const NO_FILTERS: Filters = { projects: [], environments: [], types: [], mine: false }

/** All of the calendar that an address tells. */
export interface Shown {
  view: View
  /** `null`: today. */
  day: string | null
  color: ColorMode
  weeks: boolean
  filters: Filters
}

const MOST = 50

function words(value: LocationQuery[string] | undefined): string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return [...new Set(text.split(',').filter(Boolean))].slice(0, MOST)
}

function one<T extends string>(value: LocationQuery[string] | undefined, known: readonly T[], otherwise: T): T {
  return known.find((word) => word === value) ?? otherwise
}

export function readFilters(query: LocationQuery): Filters {
  return {
    projects: words(query['project']),
    environments: words(query['env']),
    types: words(query['type']).filter((word): word is JobType => (JOB_TYPES as readonly string[]).includes(word)),
    mine: query['mine'] === '1',
  }
}

export function readShown(query: LocationQuery, usual: Pick<Shown, 'view' | 'color' | 'weeks'>): Shown {
  return {
    view: one(query['view'], VIEWS, usual.view),
    day: isDay(query['date']) ? query['date'] : null,
    color: one(query['color'], COLOR_MODES, usual.color),
    weeks: query['weeks'] === undefined ? usual.weeks : query['weeks'] === '1',
    filters: readFilters(query),
  }
}

/** Filters as a query; what filters nothing is not in it. Other words of the address stay. */
export function writeFilters(query: LocationQuery, { projects, environments, types, mine }: Filters): LocationQueryRaw {
  const next: LocationQueryRaw = { ...query }
  const put = (name: string, value: string) => {
    if (value) next[name] = value
    else delete next[name]
  }
  put('project', projects.join(','))
  put('env', environments.join(','))
  put('type', types.join(','))
  put('mine', mine ? '1' : '')
  return next
}

export function countFilters({ projects, environments, types, mine }: Filters): number {
  return projects.length + environments.length + types.length + (mine ? 1 : 0)
}

/** `own`: the ids of the caller's own jobs, `null` while they are not known. */
export function applyFilters(items: readonly Item[], filters: Filters, own: ReadonlySet<string> | null): Item[] {
  const projects = new Set(filters.projects)
  const environments = new Set(filters.environments)
  const types = new Set<string>(filters.types)
  return items.filter((item) =>
    (projects.size === 0 || projects.has(item.projectId))
    && (environments.size === 0 || (item.environment !== null && environments.has(item.environment)))
    && (types.size === 0 || types.has(item.type))
    && (!filters.mine || (own?.has(item.id) ?? false)))
}
