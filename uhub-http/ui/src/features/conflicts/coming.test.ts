import { describe, expect, it } from 'vitest'
import type { ConflictGroup, JobBrief } from '@/api/types'
import { byPool, coming, newlyColliding } from './coming'

const group = (pool: string, start: string): ConflictGroup => ({ pool, start, end: start, jobs: [] })

describe('conflicts to come', () => {
  it('are asked for from this hour on, so that the question stays the same', () => {
    const range = { start: '2026-11-24T08:00:00.000Z', end: '2026-12-24T08:00:00.000Z' }
    expect(coming(new Date('2026-11-24T08:00:00Z'))).toEqual(range)
    expect(coming(new Date('2026-11-24T08:59:59Z'))).toEqual(range)
  })

  it('are shown by pool and time', () => {
    const shown = byPool([group('prod', '2026-11-26'), group('staging', '2026-11-27'), group('staging', '2026-11-24')])
    expect(shown.map(({ pool, groups }) => [pool, ...groups.map(({ start }) => start)])).toEqual([
      ['staging', '2026-11-24', '2026-11-27'],
      ['prod', '2026-11-26'],
    ])
  })

  it('are new where a job collided with nothing before', () => {
    const of = (...ids: string[]): ConflictGroup => ({ ...group('prod', '2026-11-24'), jobs: ids.map((id) => ({ id }) as JobBrief) })
    expect(newlyColliding([], [of('a', 'b'), of('b', 'c')])).toBe(3)
    expect(newlyColliding([of('a', 'b')], [of('a', 'b', 'c')])).toBe(1)
    expect(newlyColliding([of('a', 'b'), of('c', 'd')], [of('a', 'c')])).toBe(0)
  })
})
