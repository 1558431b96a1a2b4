import { describe, expect, it } from 'vitest'
import en from '@/i18n/en/conflicts.json'
import fr from '@/i18n/fr/conflicts.json'
import type { Translate } from '@/i18n'
import { longDuration, shiftWords, wallShift } from './shift'

const say = (messages: { shift: Record<string, string> }): Translate => (key, with_) => {
  const text = messages.shift[key.split('.').at(-1) ?? ''] ?? key
  return typeof with_ === 'object' ? text.replace('{duration}', String(with_['duration'])) : text
}
const words = (from: string, to: string, locale: 'en' | 'fr' = 'en') =>
  // French keeps a number and its unit together with a no-break space.
  shiftWords(from, to, { locale, zone: 'Europe/Paris' }, say(locale === 'fr' ? fr : en)).replaceAll('\u00a0', ' ')

describe('a shift in words', () => {
  it('says how much, and which way', () => {
    expect(words('2026-11-24T08:00:00Z', '2026-11-24T10:00:00Z')).toBe('2 hours later')
    expect(words('2026-11-24T08:00:00Z', '2026-11-23T08:00:00Z')).toBe('1 day earlier')
    expect(words('2026-11-24T08:00:00Z', '2026-11-24T08:00:00Z')).toBe('Same time')
  })

  it('says it in French', () => {
    expect(words('2026-11-24T08:00:00Z', '2026-11-24T09:30:00Z', 'fr')).toBe('1 heure 30 minutes plus tard')
    expect(words('2026-11-24T08:00:00Z', '2026-11-22T08:00:00Z', 'fr')).toBe('2 jours plus tôt')
  })

  it('counts a day as one where the clocks change', () => {
    expect(words('2026-10-24T07:00:00Z', '2026-10-25T08:00:00Z')).toBe('1 day later')
    expect(wallShift('2026-10-24T07:00:00Z', '2026-10-25T08:00:00Z', 'UTC')).toBe(90_000)
  })

  it('takes two units that are neighbours', () => {
    expect(longDuration(93_600, 'en')).toBe('1 day 2 hours')
    expect(longDuration(2 * 86_400 + 5, 'en')).toBe('2 days')
    expect(longDuration(-5400, 'en')).toBe('1 hour 30 minutes')
  })
})
