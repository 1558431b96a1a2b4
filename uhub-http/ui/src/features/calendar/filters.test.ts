import { describe, expect, it } from 'vitest'
import { applyFilters, countFilters, NO_FILTERS, readFilters, readShown, writeFilters, type Filters } from './filters'
import { item } from './testing'

const usual = { view: 'month', color: 'project', weeks: true } as const

describe('the address', () => {
  it('keeps filters there and back, and what is not theirs', () => {
    const filters: Filters = { projects: ['a', 'b'], environments: ['prod-eu'], types: ['ops', 'infra'], mine: true }
    const query = writeFilters({ view: 'week', project: 'old' }, filters)
    expect(query).toEqual({ view: 'week', project: 'a,b', env: 'prod-eu', type: 'ops,infra', mine: '1' })
    expect(readFilters(query as Record<string, string>)).toEqual(filters)
    expect(writeFilters(query as Record<string, string>, NO_FILTERS)).toEqual({ view: 'week' })
  })

  it('is read with doubt', () => {
    const shown = readShown({ view: 'year', date: '2026-02-30', color: ['x'], type: 'ops,<script>,ops', mine: 'yes' }, usual)
    expect(shown).toEqual({ ...usual, day: null, filters: { ...NO_FILTERS, types: ['ops'] } })
    expect(readShown({ view: 'list', date: '2026-02-03', weeks: '0' }, usual)).toMatchObject({ view: 'list', day: '2026-02-03', weeks: false })
  })
})

describe('filters', () => {
  const jobs = [
    item('2026-11-24 09:00', '2026-11-24 10:00', { id: 'a' }),
    item('2026-11-24 09:00', '2026-11-24 10:00', { id: 'b', projectId: 'p2', type: 'dev' }),
    item('2026-11-24 09:00', '2026-11-24 10:00', { id: 'c', type: 'meeting', environment: null }),
  ]
  const left = (filters: Partial<Filters>, own: ReadonlySet<string> | null = null) =>
    applyFilters(jobs, { ...NO_FILTERS, ...filters }, own).map(({ id }) => id)

  it('leave what all of them let through', () => {
    expect(left({})).toEqual(['a', 'b', 'c'])
    expect(left({ projects: ['p1'] })).toEqual(['a', 'c'])
    expect(left({ environments: ['staging'] })).toEqual(['a', 'b'])
    expect(left({ projects: ['p1'], types: ['ops', 'dev'] })).toEqual(['a'])
  })

  it('show one’s own once it is known which they are', () => {
    expect(left({ mine: true })).toEqual([])
    expect(left({ mine: true }, new Set(['b']))).toEqual(['b'])
  })

  it('are counted', () => {
    expect(countFilters(NO_FILTERS)).toBe(0)
    expect(countFilters({ projects: ['a'], environments: [], types: ['ops', 'dev'], mine: true })).toBe(4)
  })
})
