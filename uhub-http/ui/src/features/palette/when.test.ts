import { describe, expect, it } from 'vitest'
import { parseWhen } from './when'

/** A Sunday, 20:52 in Paris. */
const now = new Date('2026-11-22T19:52:00Z')
const zone = 'Europe/Paris'

function say(phrase: string): string | null {
  const when = parseWhen(phrase, { now, zone })
  if (!when) return null
  const short = (at: Date) => at.toISOString().slice(0, 16)
  return [short(when.start), when.end && short(when.end), when.allDay && 'all day'].filter(Boolean).join(' ')
}

describe('phrases of time', () => {
  it.each([
    ['tomorrow 9:00', '2026-11-23T08:00'],
    ['demain 9h', '2026-11-23T08:00'],
    ['Demain à 9h30', '2026-11-23T08:30'],
    ['+2d 14:00', '2026-11-24T13:00'],
    ['+2j 14h', '2026-11-24T13:00'],
    ['in 2 days at 2pm', '2026-11-24T13:00'],
    ['dans 2 jours à 14h', '2026-11-24T13:00'],
    ['après-demain midi', '2026-11-24T11:00'],
    ['day after tomorrow noon', '2026-11-24T11:00'],
    ['today 23:00', '2026-11-22T22:00'],
    ['aujourd’hui 23h', '2026-11-22T22:00'],
    ['in one', null],
  ])('“%s” from today', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each([
    ['monday 9:00', '2026-11-23T08:00'],
    ['next friday', '2026-11-27T08:00'],
    ['vendredi prochain 18h', '2026-11-27T17:00'],
    ['mar 10h', '2026-11-24T09:00'],
    ['sunday', '2026-11-29T08:00'],
    ['next week', '2026-11-23T08:00'],
    ['la semaine prochaine 8:15', '2026-11-23T07:15'],
  ])('“%s” by weekday, always one to come', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each([
    ['2026-12-01 10:00', '2026-12-01T09:00'],
    ['2026-12-01T10:00', '2026-12-01T09:00'],
    ['24/12 8h', '2026-12-24T07:00'],
    ['12/24 8am', '2026-12-24T07:00'],
    ['3/2', '2027-02-03T08:00'],
    ['1er décembre 12:30am', '2026-11-30T23:30'],
    ['dec 1 2027', '2027-12-01T08:00'],
    ['31 feb', null],
    ['29/02', null],
  ])('“%s” by date, in the next year where this one has passed it', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each([
    ['+3h', '2026-11-22T22:55'],
    ['in 30 min', '2026-11-22T20:25'],
    ['dans 3 heures pendant 1h30', '2026-11-22T22:55 2026-11-23T00:25'],
    ['now', '2026-11-22T19:55'],
    ['maintenant', '2026-11-22T19:55'],
    ['now 9:00', null],
  ])('“%s” from now, at round minutes', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each([
    ['tomorrow 9:00-10:30', '2026-11-23T08:00 2026-11-23T09:30'],
    ['demain de 9h à 11h', '2026-11-23T08:00 2026-11-23T10:00'],
    ['tomorrow 22:00 to 2:00', '2026-11-23T21:00 2026-11-24T01:00'],
    ['tomorrow 9:00 for 45 min', '2026-11-23T08:00 2026-11-23T08:45'],
    ['demain toute la journée', '2026-11-22T23:00 2026-11-23T23:00 all day'],
    ['2026-03-29 all day', '2026-03-28T23:00 2026-03-29T22:00 all day'],
  ])('“%s” with an end', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each([
    ['21:00', '2026-11-22T20:00'],
    ['9h', '2026-11-23T08:00'],
  ])('“%s”: a time alone is the next one', (phrase, expected) => expect(say(phrase)).toBe(expected))

  it.each(['', 'soon', '25:00', '9:75', 'tomorrow tomorrow', 'tomorrow 9:00 blah', '13pm', 'for 2h', '+2x'])('“%s” means none', (phrase) =>
    expect(say(phrase)).toBeNull())
})
