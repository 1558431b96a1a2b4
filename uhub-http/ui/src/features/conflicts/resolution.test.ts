import { describe, expect, it } from 'vitest'
import type { ResolvedMove } from '@/api/types'
import { deniedByRule, samePlan, undoOrder, whyUnresolved } from './resolution'

const range = { start: '2026-11-23T00:00:00Z', end: '2026-11-30T00:00:00Z' }
const now = new Date('2026-11-24T12:00:00Z')
const job = {
  status: 'planned', tier: 'staging', all_day: false, planned_start: '2026-11-25T08:00:00Z', planned_end: '2026-11-25T09:00:00Z',
} as const
const move = (id: string, hour: number, shift: number, effect: 'allow' | 'deny' = 'allow', rule = 'r'): ResolvedMove => ({
  job_id: id,
  from: { start: `2026-11-25T${String(hour).padStart(2, '0')}:00:00Z`, end: `2026-11-25T${String(hour + 1).padStart(2, '0')}:00:00Z` },
  to: { start: `2026-11-26T${String(hour).padStart(2, '0')}:00:00Z`, end: `2026-11-26T${String(hour + 1).padStart(2, '0')}:00:00Z` },
  shift_seconds: shift, decision: { effect, rule }, applied: false, refused: null,
})

describe('why a job stays in conflict', () => {
  it('is told from what it is', () => {
    expect(whyUnresolved({ ...job, status: 'running' }, range, now)).toBe('running')
    expect(whyUnresolved({ ...job, all_day: true }, range, now)).toBe('allDay')
    expect(whyUnresolved({ ...job, status: 'approved', tier: 'prod' }, range, now)).toBe('approved')
    expect(whyUnresolved({ ...job, planned_start: '2026-11-24T11:00:00Z' }, range, now)).toBe('begun')
    expect(whyUnresolved({ ...job, planned_end: '2026-12-01T00:00:00Z' }, range, now)).toBe('beyond')
    expect(whyUnresolved(job, range, now)).toBe('noRoom')
  })
})

describe('a plan', () => {
  it('asks one question for each rule that refuses', () => {
    const all = deniedByRule([move('a', 8, 60), move('b', 8, 60, 'deny', 'x'), move('c', 9, 60, 'deny', 'x'), move('d', 9, 60, 'deny', 'y')])
    expect([...all].map(([rule, { job_id }]) => [rule, job_id])).toEqual([['x', 'b'], ['y', 'd']])
  })

  it('is the same whatever the order', () => {
    expect(samePlan([move('a', 8, 60), move('b', 9, 60)], [move('b', 9, 60), move('a', 8, 60)])).toBe(true)
    expect(samePlan([move('a', 8, 60)], [move('a', 9, 60)])).toBe(false)
  })

  it('is taken back in the opposite order', () => {
    // Later ones went from the last to the first, so the first comes back first; earlier ones the other way round.
    const order = undoOrder([move('late1', 8, 60), move('late2', 9, 60), move('early1', 8, -60), move('early2', 9, -60)])
    expect(order.map(({ job_id }) => job_id)).toEqual(['early2', 'early1', 'late1', 'late2'])
  })
})
