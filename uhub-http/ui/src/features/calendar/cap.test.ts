import { describe, expect, it } from 'vitest'
import { capDays, capHours } from './cap'
import { item } from './testing'

const week = { from: '2026-11-23', to: '2026-11-30' }
const at9 = (day: string) => item(`${day} 09:00`, `${day} 10:00`)
const HALF_HOUR = 1_800_000

describe('days', () => {
  it('show all that fits', () => {
    const jobs = Array.from({ length: 3 }, () => at9('2026-11-24'))
    const { shown, more } = capDays(jobs, week, 3)
    expect(shown).toHaveLength(3)
    expect(more.size).toBe(0)
  })

  it('keep their last line for the rest, and count it', () => {
    const jobs = Array.from({ length: 10 }, () => at9('2026-11-24'))
    const { shown, more } = capDays(jobs, week, 3)
    expect(shown).toHaveLength(2)
    expect([...more]).toEqual([['2026-11-24', 8]])
  })

  it('count a long job on each day where it does not fit', () => {
    const long = item('2026-11-23', '2026-11-26')
    const { shown, more } = capDays([at9('2026-11-24'), at9('2026-11-24'), at9('2026-11-24'), long], week, 2)
    expect(shown).toEqual([long])
    expect([...more]).toEqual([['2026-11-24', 3]])
  })

  it('show a job over several weeks in all of them or in none', () => {
    const long = item('2026-11-28', '2026-12-02')
    const jobs = [long, ...Array.from({ length: 3 }, () => item('2026-11-27', '2026-11-30'))]
    const { shown, more } = capDays(jobs, { from: '2026-11-23', to: '2026-12-07' }, 2)
    expect(shown).not.toContain(long)
    expect(more.get('2026-11-30')).toBe(1)
    expect(more.get('2026-12-01')).toBe(1)
  })

  it('hide nothing without a count', () => {
    const jobs = Array.from({ length: 400 }, (_, index) => {
      const day = 23 + (index % 7)
      return index % 5 === 0 ? item(`2026-11-${day}`, index % 2 ? '2026-11-30' : `2026-11-${day + 1}`) : at9(`2026-11-${day}`)
    })
    const { shown, more } = capDays(jobs, week, 4)
    const days = (list: typeof jobs) => list.reduce((sum, job) => sum + (Date.parse(job.lastDay) - Date.parse(job.firstDay)) / 86_400_000 + 1, 0)
    const counted = [...more.values()].reduce((sum, count) => sum + count, 0)
    expect(days(shown) + counted).toBe(days(jobs))
  })

  it('take 5,000 jobs of a month in a moment', () => {
    const jobs = Array.from({ length: 5000 }, (_, index) => at9(`2026-11-${String((index % 30) + 1).padStart(2, '0')}`))
    const before = performance.now()
    const { shown, more } = capDays(jobs, { from: '2026-10-26', to: '2026-12-07' }, 3)
    expect(performance.now() - before).toBeLessThan(500)
    expect(shown).toHaveLength(60)
    expect([...more.values()].reduce((sum, count) => sum + count, 0)).toBe(4940)
  })
})

describe('hours', () => {
  it('show jobs beside each other up to a number, and where more is', () => {
    const jobs = Array.from({ length: 6 }, () => at9('2026-11-24'))
    const { shown, crowds } = capHours(jobs, 3, HALF_HOUR)
    expect(shown).toHaveLength(2)
    expect(crowds).toEqual([{ day: '2026-11-24', start: jobs[0]?.start, end: jobs[0]?.end, count: 4 }])
  })

  it('use the last column where nothing is left over', () => {
    const jobs = [at9('2026-11-24'), at9('2026-11-24'), at9('2026-11-24'), at9('2026-11-25')]
    const { shown, crowds } = capHours(jobs, 3, HALF_HOUR)
    expect(shown).toHaveLength(4)
    expect(crowds).toEqual([])
  })
})
