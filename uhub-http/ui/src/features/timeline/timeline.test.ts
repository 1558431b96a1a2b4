import { describe, expect, it } from 'vitest'
import type { Project } from '@/api/types'
import { item, PARIS } from '@/features/calendar/testing'
import { dragged, drawn } from './dragging'
import { clashes, groupItems, packLanes } from './groups'
import { axisOf, percent, scaleDays, ticksOf } from './scale'

const HOUR = 3_600_000
const all = { projects: [], environments: [] }
const project = (id: string, environments: [name: string, tier: string, pool: string][]) =>
  ({ id, name: id, color: '#00ff00', environments: environments.map(([name, tier, pool]) => ({ id: name, name, tier, pool })) }) as unknown as Project
const projects = new Map([
  ['p1', project('p1', [['staging', 'staging', 'staging'], ['prod-eu', 'prod', 'eu']])],
  ['p2', project('p2', [['staging', 'staging', 'own'], ['prod', 'prod', 'eu']])],
])

describe('rows', () => {
  it('are what is physically shared, production first, jobs in none last', () => {
    const jobs = [
      item('2026-11-24 09:00', '2026-11-24 10:00', { environment: 'staging' }),
      item('2026-11-24 09:00', '2026-11-24 10:00', { projectId: 'p2', environment: 'prod' }),
      item('2026-11-24 09:00', '2026-11-24 10:00', { environment: null, type: 'meeting' }),
    ]
    expect(groupItems(jobs, 'pool', projects, all).map(({ key, items }) => `${key}:${items.length}`)).toEqual(['eu:1', 'own:0', 'staging:1', ':1'])
    expect(groupItems(jobs, 'project', projects, all).map(({ key, items }) => `${key}:${items.length}`)).toEqual(['p1:2', 'p2:1'])
    expect(groupItems([], 'project', projects, { projects: ['p2'], environments: [] }).map(({ key }) => key)).toEqual(['p2'])
  })

  it('have as many lanes as jobs overlap, as they are drawn', () => {
    const jobs = [
      item('2026-11-24 09:00', '2026-11-24 10:00'), item('2026-11-24 09:30', '2026-11-24 11:00'), item('2026-11-24 10:00', '2026-11-24 10:15'),
    ]
    expect(packLanes(jobs, 0)).toMatchObject({ count: 2 })
    expect([...packLanes(jobs, 0).lanes.values()]).toEqual([0, 1, 0])
    expect(packLanes(jobs, 2 * HOUR).count).toBe(3)
  })

  it('show when jobs stand in each other’s way', () => {
    const jobs = [
      item('2026-11-24 09:00', '2026-11-24 11:00', { conflict: true }), item('2026-11-24 10:00', '2026-11-24 12:00', { conflict: true }),
      item('2026-11-24 12:00', '2026-11-24 13:00', { conflict: true }), item('2026-11-24 10:00', '2026-11-24 12:00', { conflict: true, status: 'cancelled' }),
    ]
    expect(clashes(jobs)).toEqual([{ start: PARIS.at('2026-11-24', 600), end: PARIS.at('2026-11-24', 660) }])
    expect(clashes(jobs.slice(2))).toEqual([])
  })
})

describe('dragging along time', () => {
  const job = item('2026-11-24 09:07', '2026-11-24 10:07')

  it('goes in steps, and keeps the length', () => {
    const slot = dragged(job, 'move', 1.1 * HOUR, HOUR / 2, PARIS)
    expect(slot.start).toBe(PARIS.at('2026-11-24', 10 * 60))
    expect(slot.end - slot.start).toBe(HOUR)
    expect(dragged(job, 'move', 60_000, HOUR / 2, PARIS).start).toBe(job.start)
  })

  it('never empties a slot', () => {
    expect(dragged(job, 'end', -9 * HOUR, HOUR / 4, PARIS).end - job.start).toBe(HOUR / 4)
    expect(job.end - dragged(job, 'start', 9 * HOUR, HOUR / 4, PARIS).start).toBe(HOUR / 4)
    const day = item('2026-11-24', '2026-11-25')
    expect(dragged(day, 'end', -72 * HOUR, HOUR, PARIS)).toMatchObject({ start: day.start, end: day.end, allDay: true })
  })

  it('keeps whole days whole where the clock changes', () => {
    const day = item('2026-10-24', '2026-10-25')
    expect(dragged(day, 'move', 26 * HOUR, HOUR, PARIS)).toEqual({ start: PARIS.startOf('2026-10-25'), end: PARIS.startOf('2026-10-26'), allDay: true })
  })

  it('draws new spans on the grid', () => {
    const start = PARIS.at('2026-11-24', 9 * 60)
    expect(drawn(start + 400_000, start + 100_000, HOUR / 2)).toEqual({ start, end: start + HOUR / 2, allDay: false })
  })
})

describe('the axis', () => {
  it('has a mark an hour or a day, also where the clock changes', () => {
    const days = scaleDays('day', '2026-03-29')
    const ticks = ticksOf('day', days, PARIS)
    expect(ticks).toHaveLength(24)
    const axis = axisOf(days, PARIS)
    expect(axis.end - axis.start).toBe(23 * HOUR)
    expect(percent(axis.end, axis)).toBe(100)
    expect(ticksOf('week', scaleDays('week', '2026-11-24'), PARIS).map(({ day }) => day)).toHaveLength(7)
  })
})
