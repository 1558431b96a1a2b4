import { describe, expect, it } from 'vitest'
import {
  addDays, edge, formatDateTime, formatDuration, formatRelative, formatShift, formatSlot, fromLocal, mondayOf, startOfDay,
  toLocal, weekNumber,
} from './time'

const PARIS = 'Europe/Paris'
const fr = { locale: 'fr', zone: PARIS }
const en = { locale: 'en-GB', zone: PARIS }
const now = new Date('2026-11-22T12:00:00Z')

describe('local time', () => {
  it('goes there and back', () => {
    for (const iso of ['2026-01-15T08:30:00Z', '2026-07-15T22:15:00Z', '2026-10-24T23:59:00Z']) {
      const there = toLocal(iso, PARIS)
      expect(fromLocal(there, PARIS)?.toISOString()).toBe(new Date(iso).toISOString())
    }
  })

  it('reads an hour that does not exist as one later, and an hour that comes twice as the first', () => {
    expect(fromLocal({ date: '2026-03-29', time: '02:30' }, PARIS)?.toISOString()).toBe('2026-03-29T01:30:00.000Z')
    expect(fromLocal({ date: '2026-10-25', time: '02:30' }, PARIS)?.toISOString()).toBe('2026-10-25T00:30:00.000Z')
  })

  it('knows zones with odd offsets', () => {
    expect(toLocal('2026-11-22T00:00:00Z', 'Asia/Kathmandu')).toEqual({ date: '2026-11-22', time: '05:45' })
    expect(fromLocal({ date: '2026-11-22', time: '05:45' }, 'Asia/Kathmandu')?.toISOString()).toBe('2026-11-22T00:00:00.000Z')
  })

  it('refuses what is no date', () => {
    expect(fromLocal({ date: '', time: '' }, PARIS)).toBeNull()
    expect(fromLocal({ date: '2026-13-40', time: '10:00' }, PARIS)).toBeNull()
  })

  it('reads the edges of whole days in the zone', () => {
    expect(edge('2026-11-25', PARIS).toISOString()).toBe('2026-11-24T23:00:00.000Z')
    expect(edge('2026-11-25', 'America/New_York').toISOString()).toBe('2026-11-25T05:00:00.000Z')
    expect(edge('2026-11-25T08:00:00Z', PARIS).toISOString()).toBe('2026-11-25T08:00:00.000Z')
  })

  it('finds the midnight of a day that has 23 hours', () => {
    expect(startOfDay('2026-03-29T20:00:00Z', PARIS).toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(startOfDay('2026-03-30T01:00:00Z', PARIS).toISOString()).toBe('2026-03-29T22:00:00.000Z')
  })
})

describe('weeks', () => {
  it('counts as ISO 8601', () => {
    expect(weekNumber('2026-01-01')).toBe(1)
    expect(weekNumber('2027-01-01')).toBe(53)
    expect(weekNumber('2024-12-30')).toBe(1)
    expect(weekNumber('2026-11-22')).toBe(47)
    expect(mondayOf('2026-11-22')).toBe('2026-11-16')
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  })
})

describe('words', () => {
  it('says a slot once per day', () => {
    expect(formatSlot('2026-11-24T08:00:00Z', '2026-11-24T09:30:00Z', en, { now })).toBe('Tue 24 Nov, 09:00 – 10:30')
    expect(formatSlot('2026-11-24T22:00:00Z', '2026-11-25T01:00:00Z', fr, { now })).toBe('mar. 24 nov., 23:00 – mer. 25 nov., 02:00')
    expect(formatSlot('2026-11-23T23:00:00Z', '2026-11-24T23:00:00Z', en, { now, allDay: true })).toBe('Tue 24 Nov')
  })

  it('names the year where it is another', () => {
    expect(formatDateTime('2027-01-04T08:00:00Z', fr, now)).toBe('lun. 4 janv. 2027, 09:00')
  })

  it('says durations and shifts', () => {
    expect(formatDuration(5400, 'en')).toBe('1 hr 30 min')
    expect(formatDuration(5400, 'fr')).toBe('1\u202fh 30\u00a0min')
    expect(formatDuration(0, 'en')).toBe('0 sec')
    expect(formatShift(-3600, 'fr')).toBe('−1\u202fh')
  })

  it('says how far away it is', () => {
    expect(formatRelative('2026-11-22T15:00:00Z', 'en', now)).toBe('in 3 hours')
    expect(formatRelative('2026-11-21T12:00:00Z', 'fr', now)).toBe('hier')
    expect(formatRelative('2026-11-22T12:00:20Z', 'en', now)).toBe('now')
  })
})
