// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest'
import { chooseLocale, translate } from '@/i18n'
import { addDays } from '@/ui/time'
import { daysWith, firstDays, namesStart, WEEKDAYS } from './days'
import { fromRule, NEVER, offered, toRule, type Frequency, type Repeat } from './rule'
import { repeatWords } from './words'

const PARIS = 'Europe/Paris'
/** A Tuesday, the fourth and last of its month. */
const START = '2026-11-24'

const repeat = (frequency: Frequency, more: Partial<Repeat> = {}): Repeat => ({ ...NEVER, frequency, ...more })

describe('rule', () => {
  it.each<[string, Repeat]>([
    ['FREQ=DAILY', repeat('daily')],
    ['FREQ=DAILY;INTERVAL=3;COUNT=5', repeat('daily', { interval: 3, end: 'count', count: 5 })],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', repeat('weekdays')],
    ['FREQ=WEEKLY', repeat('weekly', { days: ['TU'] })],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20261231', repeat('weekly', { interval: 2, days: ['TU', 'TH'], end: 'until', until: '2026-12-31' })],
    ['FREQ=MONTHLY', repeat('monthlyDay')],
    ['FREQ=MONTHLY;BYDAY=4TU', repeat('monthlyNth')],
    ['FREQ=MONTHLY;INTERVAL=2;BYDAY=-1TU', repeat('monthlyLast', { interval: 2 })],
    ['FREQ=YEARLY;COUNT=2', repeat('yearly', { end: 'count', count: 2 })],
  ])('%s is said and read back', (rule, form) => {
    expect(toRule(form, START)).toBe(rule)
    expect(fromRule(rule, START, PARIS)).toEqual(form)
  })

  it('comes back the same from every form that is offered', () => {
    for (let day = 0; day < 400; day += 1) {
      const start = addDays('2027-01-01', day)
      for (const frequency of offered(start)) {
        if (frequency === 'never' || frequency === 'custom') continue
        for (const end of [{}, { end: 'count', count: 7 }, { end: 'until', until: '2029-02-03' }] as const) {
          const form = repeat(frequency, { interval: frequency === 'weekdays' ? 1 : 1 + (day % 3), ...end })
          if (frequency === 'weekly') form.days = daysWith(WEEKDAYS.filter((_one, index) => (day >> index) % 2 === 1), start)
          const rule = toRule(form, start) ?? ''
          const back = fromRule(rule, start, PARIS)
          // All workdays a week are called so, and the last may be the fourth as well: the rule is the same.
          expect(toRule(back, start)).toBe(rule)
          if (!rule.includes('BYDAY=MO,TU,WE,TH,FR')) expect(back).toEqual(form)
        }
      }
    }
  })

  it('keeps what the form cannot say as it is', () => {
    for (const rule of [
      'FREQ=HOURLY;INTERVAL=6', 'FREQ=MONTHLY;BYDAY=1MO,3MO', 'FREQ=MONTHLY;BYMONTHDAY=1,15', 'FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU', 'FREQ=WEEKLY;BYDAY=MO',
      'FREQ=DAILY;BYHOUR=9,17', 'FREQ=WEEKLY;INTERVAL=0', 'FREQ=DAILY;UNTIL=soon', 'nonsense',
    ]) {
      const form = fromRule(rule, START, PARIS)
      expect(form).toEqual(repeat('custom', { custom: rule }))
      expect(toRule(form, START)).toBe(rule)
    }
    expect(toRule(repeat('custom', { custom: ' RRULE:FREQ=DAILY ' }), START)).toBe('FREQ=DAILY')
    expect(toRule(repeat('never'), START)).toBeNull()
  })

  it('reads an end in UTC on the clocks of the zone', () => {
    expect(fromRule('FREQ=DAILY;UNTIL=20261231T225959Z', START, PARIS)).toMatchObject({ end: 'until', until: '2026-12-31' })
    expect(fromRule('FREQ=DAILY;UNTIL=20261231T230000Z', START, PARIS)).toMatchObject({ end: 'until', until: '2027-01-01' })
    expect(fromRule('FREQ=DAILY;UNTIL=20261231T225959', START, PARIS)).toMatchObject({ until: '2026-12-31' })
  })

  it('offers no fifth weekday, and the last only in the last week', () => {
    expect(offered('2026-11-24')).toContain('monthlyLast')
    expect(offered('2026-11-23')).not.toContain('monthlyLast')
    expect(offered('2026-11-30')).not.toContain('monthlyNth')
  })
})

describe('days', () => {
  it.each<[Repeat, string, string[]]>([
    [repeat('daily', { interval: 2 }), START, ['2026-11-24', '2026-11-26', '2026-11-28']],
    [repeat('weekdays'), '2026-11-27', ['2026-11-27', '2026-11-30', '2026-12-01']],
    [repeat('weekly', { interval: 2, days: ['MO', 'TU', 'SU'] }), START, ['2026-11-24', '2026-11-29', '2026-12-07']],
    [repeat('monthlyDay'), '2026-12-31', ['2026-12-31', '2027-01-31', '2027-03-31']],
    [repeat('monthlyNth'), START, ['2026-11-24', '2026-12-22', '2027-01-26']],
    [repeat('monthlyLast'), START, ['2026-11-24', '2026-12-29', '2027-01-26']],
    [repeat('yearly'), '2028-02-29', ['2028-02-29', '2032-02-29', '2036-02-29']],
    [repeat('daily', { end: 'count', count: 2 }), START, ['2026-11-24', '2026-11-25']],
    [repeat('weekly', { end: 'until', until: '2026-12-01' }), START, ['2026-11-24', '2026-12-01']],
    [repeat('custom', { custom: 'FREQ=DAILY' }), START, []],
  ])('the first of %o', (form, start, days) => {
    expect(firstDays(form, start, 3)).toEqual(days)
  })

  it('begin with the start, or not', () => {
    expect(namesStart(repeat('weekdays'), '2026-11-28')).toBe(false)
    expect(namesStart(repeat('weekdays'), '2026-11-27')).toBe(true)
    for (const frequency of offered(START)) if (frequency !== 'weekdays') expect(namesStart(repeat(frequency), START)).toBe(true)
  })
})

describe('words', () => {
  const say = (form: Repeat, start = START) => repeatWords(form, start, translate, { locale: 'en-GB', zone: PARIS })
  const dire = (form: Repeat, start = START) => repeatWords(form, start, translate, { locale: 'fr', zone: PARIS })

  describe('in English', () => {
    beforeAll(() => chooseLocale('en'))
    it('are a sentence', () => {
      expect(say(repeat('daily'))).toBe('Every day')
      expect(say(repeat('weekly', { interval: 2, days: ['TH'], end: 'until', until: '2026-12-31' }))).toBe('Every 2 weeks on Tuesday and Thursday, until 31 Dec 2026')
      expect(say(repeat('monthlyNth', { end: 'count', count: 3 }))).toBe('Every month on the fourth Tuesday, 3 times')
      expect(say(repeat('monthlyDay', { interval: 3 }))).toBe('Every 3 months on day 24')
      expect(say(repeat('yearly'))).toBe('Every year on 24 November')
      expect(say(repeat('custom', { custom: 'FREQ=X' }))).toBe('By the rule FREQ=X')
    })
  })

  describe('in French', () => {
    beforeAll(() => chooseLocale('fr'))
    it('are a sentence', () => {
      expect(dire(repeat('daily', { interval: 3 }))).toBe('Tous les 3 jours')
      expect(dire(repeat('weekly', { days: ['TH'] }))).toBe('Toutes les semaines, le mardi et le jeudi')
      expect(dire(repeat('monthlyLast', { end: 'count', count: 1 }))).toBe('Tous les mois, le dernier mardi, une fois')
      expect(dire(repeat('yearly', { end: 'until', until: '2030-11-24' }))).toBe('Tous les ans, le 24 novembre, jusqu’au 24 nov. 2030')
    })
  })
})
