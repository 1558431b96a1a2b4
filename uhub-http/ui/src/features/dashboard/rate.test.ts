import { expect, it } from 'vitest'
import { successRate } from './rate'

it('counts what ended by itself, by the days of the hub', () => {
  const rate = successRate([
    { status: 'succeeded', ended_at: '2026-11-22T22:30:00Z' },
    { status: 'succeeded', ended_at: '2026-11-22T23:30:00Z' },
    { status: 'timed_out', ended_at: '2026-11-22T12:00:00Z' },
    { status: 'cancelled', ended_at: '2026-11-22T12:00:00Z' },
    { status: 'running', ended_at: null },
    { status: 'failed', ended_at: '2026-10-01T12:00:00Z' },
  ], '2026-11-23', 3, 'Europe/Paris')
  expect(rate.days).toEqual([
    { date: '2026-11-21', ok: 0, failed: 0 },
    { date: '2026-11-22', ok: 1, failed: 1 },
    { date: '2026-11-23', ok: 1, failed: 0 },
  ])
  expect([rate.ended, rate.ok]).toEqual([3, 2])
  expect(successRate([], '2026-11-23', 30, 'UTC').share).toBeNull()
})
