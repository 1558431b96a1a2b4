import { describe, expect, it } from 'vitest'
import type { CalendarEvent } from '@/api/types'
import { MOST_LANES, THINNEST, weekRows } from './week'

const start = new Date('2026-11-16T00:00:00Z')
const end = new Date('2026-11-23T00:00:00Z')
const event = (from: string, to: string, project = 'p') => ({
  id: `${project}-${from}`, start: from, end: to, color: '#00ff00', title: 't', allDay: false, editable: true,
  extendedProps: { project_id: project, project_name: project.toUpperCase() },
}) as unknown as CalendarEvent

describe('the week', () => {
  it('puts jobs where their time is', () => {
    const [row] = weekRows([event('2026-11-16T00:00:00Z', '2026-11-19T12:00:00Z')], start, end, 'UTC')
    expect(row?.bars[0]).toMatchObject({ left: 0, width: 0.5, lane: 0 })
  })

  it('cuts what goes beyond, leaves out what is elsewhere, and lets nothing vanish', () => {
    const rows = weekRows([
      event('2026-11-10T00:00:00Z', '2026-11-17T00:00:00Z'),
      event('2026-11-22T23:59:00Z', '2026-11-30T00:00:00Z'),
      event('2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z', 'other'),
      event('2026-11-18T00:00:00Z', '2026-11-18T00:05:00Z'),
    ], start, end, 'UTC')
    expect(rows).toHaveLength(1)
    const bars = rows[0]?.bars ?? []
    expect(bars[0]).toMatchObject({ left: 0 })
    expect(bars[1]?.width).toBe(THINNEST)
    for (const bar of bars) expect(bar.left + bar.width).toBeLessThanOrEqual(1 + 1e-9)
  })

  it('puts what overlaps into lines, and counts the rest', () => {
    const many = Array.from({ length: MOST_LANES + 2 }, (_, index) => event(`2026-11-18T0${index}:00:00Z`, '2026-11-19T00:00:00Z'))
    const [row] = weekRows(many, start, end, 'UTC')
    expect(row?.bars.map((bar) => bar.lane)).toEqual([0, 1, 2, 3])
    expect([row?.lanes, row?.hidden]).toEqual([MOST_LANES, 2])
  })

  it('puts whole days where the zone has them', () => {
    const [row] = weekRows([event('2026-11-18', '2026-11-19')], new Date('2026-11-15T23:00:00Z'), new Date('2026-11-22T23:00:00Z'), 'Europe/Paris')
    expect(row?.bars[0]?.left).toBeCloseTo(2 / 7, 9)
    expect(row?.bars[0]?.width).toBeCloseTo(1 / 7, 9)
  })

  it('orders projects by name', () => {
    const rows = weekRows(['b', 'a'].map((project) => event('2026-11-18T00:00:00Z', '2026-11-19T00:00:00Z', project)), start, end, 'UTC')
    expect(rows.map((row) => row.name)).toEqual(['A', 'B'])
  })
})
