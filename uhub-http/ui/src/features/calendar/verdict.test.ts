import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '@/api/problem'
import type { Job, JobOutcome } from '@/api/types'
import { createProbe, slotKey, slotPatch, verdictOf, verdictOfError } from './verdict'

const conflicts = [{ kind: 'job', id: 'b', title: 'Other' }, { kind: 'freeze', id: 'f', title: 'Sales' }]
const found = conflicts.map((one) => ({ ...one }))

describe('what the hub says', () => {
  it('is free, in conflict, or for a second person', () => {
    expect(verdictOf({ conflicts: [] } as unknown as Job)).toEqual({ kind: 'free' })
    expect(verdictOf({ conflicts } as unknown as Job)).toEqual({ kind: 'conflicts', with: found })
    expect(verdictOf({ job: { conflicts }, approval: {} } as unknown as JobOutcome)).toEqual({ kind: 'approval', with: found })
  })

  it('is a refusal in its words, or that it is old', () => {
    const problem = (status: number) => new Problem({ type: 'urn:uhub:problem:x', title: 'x', status, detail: 'no' })
    expect(verdictOfError(problem(403))).toMatchObject({ kind: 'refused', problem: { message: 'no' } })
    expect(verdictOfError(problem(412))).toEqual({ kind: 'stale' })
  })

  it('is asked with instants', () => {
    expect(slotPatch({ start: Date.UTC(2026, 10, 24, 8), end: Date.UTC(2026, 10, 24, 9), allDay: false })).toEqual({
      planned_start: '2026-11-24T08:00:00.000Z', planned_end: '2026-11-24T09:00:00.000Z', all_day: false,
    })
  })
})

describe('asking while dragging', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const slot = (hour: number) => ({ start: hour, end: hour + 1, allDay: false })

  it('waits until the pointer rests, and asks once for a place', async () => {
    const ask = vi.fn(async ({ start }: { start: number }) => `at ${start}`)
    const tell = vi.fn()
    const probe = createProbe(ask, tell, slotKey, 100)
    probe.over(slot(1))
    probe.over(slot(2))
    probe.over(slot(2))
    await vi.advanceTimersByTimeAsync(150)
    expect(ask.mock.calls.map(([one]) => one.start)).toEqual([2])
    expect(tell).toHaveBeenLastCalledWith(slot(2), 'at 2')
    probe.over(slot(3))
    probe.over(slot(2))
    expect(tell).toHaveBeenLastCalledWith(slot(2), 'at 2')
    await vi.advanceTimersByTimeAsync(150)
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('says nothing of a place that was left, and nothing after the drop', async () => {
    let answer: (text: string) => void = () => undefined
    const tell = vi.fn()
    const probe = createProbe(() => new Promise<string>((done) => (answer = done)), tell, slotKey, 100)
    probe.over(slot(1))
    await vi.advanceTimersByTimeAsync(100)
    probe.over(slot(2))
    answer('old')
    await vi.advanceTimersByTimeAsync(0)
    expect(tell.mock.calls.every(([, verdict]) => verdict === null)).toBe(true)
    probe.end()
    tell.mockClear()
    await vi.advanceTimersByTimeAsync(500)
    expect(tell).not.toHaveBeenCalled()
  })

  it('keeps no answer of what was called off', async () => {
    const ask = vi.fn((_slot: unknown, signal: AbortSignal) => new Promise<string>((done) => {
      signal.addEventListener('abort', () => done('called off'))
      setTimeout(done, 50, 'free')
    }))
    const tell = vi.fn()
    const probe = createProbe(ask, tell, slotKey, 100)
    probe.over(slot(1))
    await vi.advanceTimersByTimeAsync(120)
    probe.over(slot(2))
    probe.over(slot(1))
    await vi.advanceTimersByTimeAsync(200)
    expect(tell.mock.calls.map(([, verdict]) => verdict as unknown)).toEqual([null, null, null, 'free'])
  })
})
