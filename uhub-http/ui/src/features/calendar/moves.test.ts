import { describe, expect, it } from 'vitest'
import { begin, NO_MOVES, overlay, reconcile, revert, sameSlot, settle } from './moves'
import { item, PARIS } from './testing'

const job = item('2026-11-24 09:00', '2026-11-24 10:00', { id: 'a', version: 3 })
const later = { start: job.start + 86_400_000, end: job.end + 86_400_000, allDay: false }

describe('a move', () => {
  it('is shown at once, and the job cannot be dragged meanwhile', () => {
    const moves = begin(NO_MOVES, job, later)
    expect(moves).not.toBeNull()
    const [shown] = overlay([job], moves ?? NO_MOVES, PARIS)
    expect(shown).toMatchObject({ ...later, firstDay: '2026-11-25', lastDay: '2026-11-25', editable: false })
    expect(begin(moves ?? NO_MOVES, job, later)).toBeNull()
  })

  it('goes back where it was refused', () => {
    const moves = revert(begin(NO_MOVES, job, later) ?? NO_MOVES, 'a')
    expect(overlay([job], moves, PARIS)).toEqual([job])
  })

  it('stays until the feed tells of it', () => {
    const moves = settle(begin(NO_MOVES, job, later) ?? NO_MOVES, 'a', later, 4)
    expect(reconcile(moves, [job])).toBe(moves)
    expect(overlay([job], moves, PARIS)[0]).toMatchObject({ ...later, editable: true, version: 4 })
    const told = { ...job, ...later, version: 4 }
    expect(reconcile(moves, [told]).size).toBe(0)
    expect(overlay([told], moves, PARIS)[0]).toBe(told)
  })

  it('gives way to what somebody else made of the job since', () => {
    const moves = settle(NO_MOVES, 'a', later, 4)
    const theirs = { ...job, start: job.start + 3_600_000, end: job.end + 3_600_000, version: 5 }
    expect(overlay([theirs], moves, PARIS)[0]).toBe(theirs)
    expect(reconcile(moves, [theirs]).size).toBe(0)
  })

  it('is forgotten with its job, but not while it is being saved', () => {
    expect(reconcile(settle(NO_MOVES, 'a', later, 4), []).size).toBe(0)
    expect(reconcile(begin(NO_MOVES, job, later) ?? NO_MOVES, []).size).toBe(1)
  })

  it('to where it is, is none', () => {
    expect(sameSlot(job, { start: job.start, end: job.end, allDay: false })).toBe(true)
    expect(sameSlot(job, { ...later, allDay: true })).toBe(false)
  })
})
