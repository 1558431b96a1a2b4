import { describe, expect, it, vi } from 'vitest'
import { createGatherer, retryDelay } from './live'

describe('live changes', () => {
  it('are gathered into one refetch', () => {
    vi.useFakeTimers()
    const flush = vi.fn()
    const gather = createGatherer(flush, 100)
    for (const topic of ['job', 'conflict', 'job', 'unheard-of']) gather(topic)
    vi.advanceTimersByTime(99)
    expect(flush).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect([...(flush.mock.calls[0]?.[0] as Set<string>)].sort()).toEqual(['audit', 'calendar', 'jobs'])
    gather('user')
    vi.advanceTimersByTime(100)
    expect(flush).toHaveBeenCalledTimes(2)
    vi.useRealTimers()
  })

  it('come back slower each time, and not all at once', () => {
    expect([0, 1, 2, 99].map((attempt) => retryDelay(attempt, 0.5))).toEqual([500, 1000, 2000, 15_000])
    expect(retryDelay(0, 0)).toBe(375)
    expect(retryDelay(0, 1)).toBe(625)
  })
})
