import { describe, expect, it } from 'vitest'
import type { Freeze } from '@/api/types'
import { diffInputs, gridInputs } from './entries'
import { legendOf } from './legend'
import { listRows } from './listRows'
import { byDay } from './model'
import { nudge } from './nudge'
import { item, PARIS } from './testing'

const days = { from: '2026-11-23', to: '2026-11-30' }
const limits = { rows: 3, columns: 3 }
const freeze = {
  id: 'f', start: '2026-11-26T17:00:00Z', end: '2026-11-28T06:00:00Z', reason: 'Sales', tiers: ['prod'], environments: [], project_id: null,
} as unknown as Freeze

describe('what the grid is given', () => {
  it('is jobs, what stands for the rest, ghosts and freeze windows', () => {
    const jobs = Array.from({ length: 5 }, () => item('2026-11-24 09:00', '2026-11-24 10:00'))
    const pending = { start: PARIS.at('2026-11-27', 540), end: PARIS.at('2026-11-27', 600), allDay: false }
    const moving = item('2026-11-25 09:00', '2026-11-25 10:00', { pending })
    const inputs = gridInputs('month', [...jobs, moving], [freeze], days, PARIS, limits)
    expect(inputs.map(({ extendedProps }) => extendedProps.entry.kind)).toEqual(['job', 'job', 'job', 'more', 'ghost', 'freeze'])
    expect(inputs.find(({ id }) => id === 'more:2026-11-24')).toMatchObject({ title: '+3', allDay: true, editable: false })
    expect(inputs.find(({ id }) => id === `ghost:${moving.id}`)).toMatchObject({ start: '2026-11-27T08:00:00.000Z', editable: false })
    expect(inputs.at(-1)).toMatchObject({ display: 'background', start: '2026-11-26', end: '2026-11-29', allDay: true })
  })

  it('changes by what has changed', () => {
    const jobs = [item('2026-11-24 09:00', '2026-11-24 10:00'), item('2026-11-25 09:00', '2026-11-25 10:00')]
    const before = new Map(gridInputs('week', jobs, [], days, PARIS, limits).map((input) => [input.id, input]))
    const [first, second] = jobs
    if (!first || !second) throw new Error('two jobs')
    const moved = { ...second, start: second.start + 900_000 }
    const after = gridInputs('week', [first, moved, item('2026-11-26', '2026-11-27')], [], days, PARIS, limits)
    const { remove, add } = diffInputs(before, after)
    expect(remove).toEqual([second.id])
    expect(add).toHaveLength(2)
    expect(diffInputs(new Map(after.map((input) => [input.id, input])), after)).toEqual({ remove: [], add: [] })
  })
})

describe('lists', () => {
  it('tell a job on every day that it touches', () => {
    const jobs = [item('2026-11-24 22:00', '2026-11-25 02:00'), item('2026-11-25', '2026-11-26'), item('2026-11-25 23:00', '2026-11-26 00:00')]
    const rows = listRows(byDay(jobs, days.from, days.to), false)
    expect(rows.map((row) => (row.kind === 'day' ? `${row.day} ${row.count}` : row.item.title.length > 0))).toEqual([
      '2026-11-24 1', true, '2026-11-25 3', true, true, true,
    ])
  })

  it('explain the colours in view', () => {
    const jobs = [item('2026-11-24', '2026-11-25', { status: 'failed' }), item('2026-11-24', '2026-11-25'), item('2026-11-24', '2026-11-25')]
    expect(legendOf(jobs, 'status').map(({ key, count }) => `${key} ${count}`)).toEqual(['planned 2', 'failed 1'])
    expect(legendOf(jobs, 'project')).toEqual([{ key: 'p1', name: 'Atlas', color: '#00ff00', count: 3 }])
  })
})

describe('arrow keys', () => {
  it('shift by a quarter of an hour, and by days at the same time on the clock', () => {
    const before = item('2026-03-28 09:00', '2026-03-28 10:00')
    expect(nudge(before, { minutes: 15 }, PARIS).start - before.start).toBe(900_000)
    const after = nudge(before, { days: 1 }, PARIS)
    expect(new Date(after.start).toISOString()).toBe('2026-03-29T07:00:00.000Z')
    expect(after.end - after.start).toBe(3_600_000)
  })

  it('shift whole days by whole days', () => {
    const day = item('2026-10-24', '2026-10-25')
    expect(nudge(day, { minutes: 15 }, PARIS)).toEqual({ start: PARIS.startOf('2026-10-25'), end: PARIS.startOf('2026-10-26'), allDay: true })
  })
})
