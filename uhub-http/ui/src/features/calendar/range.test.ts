import { describe, expect, it } from 'vitest'
import { daysShown, isDay, step, titleOf } from './range'

describe('what a view shows', () => {
  it('fills a month up with the days of its weeks', () => {
    expect(daysShown('month', '2026-11-22')).toEqual({ from: '2026-10-26', to: '2026-12-07' })
    expect(daysShown('month', '2027-02-10')).toEqual({ from: '2027-02-01', to: '2027-03-01' })
    expect(daysShown('list', '2026-11-22')).toEqual({ from: '2026-11-01', to: '2026-12-01' })
  })

  it('begins a week on Monday', () => {
    expect(daysShown('week', '2026-11-22')).toEqual({ from: '2026-11-16', to: '2026-11-23' })
    expect(daysShown('day', '2026-12-31')).toEqual({ from: '2026-12-31', to: '2027-01-01' })
  })

  it('goes on by what it shows, also from the 31st', () => {
    expect(step('month', '2026-01-31', 1)).toBe('2026-02-01')
    expect(step('month', '2026-01-15', -1)).toBe('2025-12-01')
    expect(step('week', '2026-12-28', 1)).toBe('2027-01-04')
    expect(step('day', '2026-03-01', -1)).toBe('2026-02-28')
  })

  it('is called by its time', () => {
    expect(titleOf('month', '2026-11-22', 'fr')).toBe('Novembre 2026')
    expect(titleOf('day', '2026-11-24', 'fr')).toBe('Mardi 24 novembre 2026')
  })

  it('takes days alone from an address', () => {
    expect(isDay('2026-11-22')).toBe(true)
    for (const bad of ['2026-02-30', '2026-1-1', 'today', '1999-01-01', null, ['2026-11-22']]) expect(isDay(bad)).toBe(false)
  })
})
