import { describe, expect, it } from 'vitest'
import { createZone } from './zone'

const paris = createZone('Europe/Paris')

describe('the clock of a zone', () => {
  it('tells the day and the minute of an instant', () => {
    expect(paris.dayOf(Date.parse('2026-11-23T22:59:59Z'))).toBe('2026-11-23')
    expect(paris.dayOf(Date.parse('2026-11-23T23:00:00Z'))).toBe('2026-11-24')
    expect(paris.minutesOf(Date.parse('2026-11-24T08:07:30Z'))).toBe(9 * 60 + 7)
  })

  it('knows days of 23 and of 25 hours', () => {
    const hours = (from: string, to: string) => (paris.startOf(to) - paris.startOf(from)) / 3_600_000
    expect(hours('2026-03-29', '2026-03-30')).toBe(23)
    expect(hours('2026-10-25', '2026-10-26')).toBe(25)
    expect(new Date(paris.at('2026-03-29', 9 * 60)).toISOString()).toBe('2026-03-29T07:00:00.000Z')
  })

  it('carries minutes over midnight', () => {
    expect(paris.at('2026-11-24', 24 * 60)).toBe(paris.startOf('2026-11-25'))
    expect(paris.at('2026-11-24', -60)).toBe(paris.at('2026-11-23', 23 * 60))
  })

  it('knows zones of half hours', () => {
    const kolkata = createZone('Asia/Kolkata')
    expect(kolkata.minutesOf(Date.parse('2026-11-24T00:00:00Z'))).toBe(330)
  })
})
