import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { JobFilter } from '@/api/queries/jobs'
import { JOB_STATUSES, JOB_TYPES, TIERS } from '@/api/types'

/** What a list of jobs is narrowed to; an empty text is no limit. */
export interface Filters {
  q: string
  project_id: string
  environment: string
  tier: string
  job_type: string
  status: string
  from: string
  to: string
  mine: boolean
}

export const NO_FILTERS: Filters = { q: '', project_id: '', environment: '', tier: '', job_type: '', status: '', from: '', to: '', mine: false }

function word(query: LocationQuery, key: string, known?: readonly string[]): string {
  const value = query[key]
  if (typeof value !== 'string') return ''
  return known && !known.includes(value) ? '' : value.slice(0, 200)
}

function day(query: LocationQuery, key: string): string {
  const value = word(query, key)
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : ''
}

/** From an address: whatever it says that makes no sense is no limit. */
export function readFilters(query: LocationQuery): Filters {
  const project = word(query, 'project_id')
  return {
    q: word(query, 'q'),
    project_id: /^[0-9a-f-]{36}$/i.test(project) ? project : '',
    environment: word(query, 'environment'),
    tier: word(query, 'tier', TIERS),
    job_type: word(query, 'job_type', JOB_TYPES),
    status: word(query, 'status', JOB_STATUSES),
    from: day(query, 'from'),
    to: day(query, 'to'),
    mine: word(query, 'mine') === 'true',
  }
}

export function writeFilters(filters: Filters): LocationQueryRaw {
  return Object.fromEntries(
    Object.entries(filters)
      .filter(([, value]) => value !== '' && value !== false)
      .map(([key, value]) => [key, String(value)]),
  )
}

export function countFilters(filters: Filters): number {
  return Object.keys(writeFilters(filters)).length
}

/** As the API is asked. Days are whole days of the hub: `dayStart` says when one begins there, `to` is within. */
export function jobFilter(filters: Filters, dayStart: (day: string, plus: number) => string | null): JobFilter {
  const { from, to, mine, ...words } = filters
  const start = from ? dayStart(from, 0) : null
  const end = to ? dayStart(to, 1) : null
  return {
    ...(Object.fromEntries(Object.entries(words).filter(([, value]) => value.trim() !== '')) as Partial<JobFilter>),
    ...(start ? { from: start } : {}),
    ...(end ? { to: end } : {}),
    ...(mine ? { mine: true } : {}),
  }
}
