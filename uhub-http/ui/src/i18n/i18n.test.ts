import { describe, expect, it } from 'vitest'
import { preferredLocale, regionalLocale } from '.'
import en from './locales/en'
import fr from './locales/fr'

function leaves(messages: unknown, path = ''): Map<string, string> {
  if (typeof messages === 'string') return new Map([[path, messages]])
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(messages as Record<string, unknown>)) {
    for (const leaf of leaves(value, path ? `${path}.${key}` : key)) all.set(...leaf)
  }
  return all
}

const english = leaves(en)
const french = leaves(fr)
const names = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()

describe('translations', () => {
  it('have the same keys', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('say something, with the same values in it', () => {
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe('')
      expect(french.get(key)?.trim(), key).not.toBe('')
      expect(names(french.get(key) ?? ''), key).toEqual(names(text))
    }
  })

  it('are there for every key that the source names', () => {
    const sources = import.meta.glob<string>(['../**/*.{vue,ts}', '!../**/*.test.ts'], { eager: true, query: '?raw', import: 'default' })
    const missing = Object.entries(sources).flatMap(([file, source]) =>
      [...source.matchAll(/(?<![\w.])\$?t\(\s*'([\w.]+)'/g)]
        .map(([, key]) => key ?? '')
        .filter((key) => !english.has(key))
        .map((key) => `${file}: ${key}`),
    )
    expect(missing).toEqual([])
  })
})

describe('language', () => {
  it('is the stored one, or the first of the browser that there is', () => {
    expect(preferredLocale('fr', ['en-GB'])).toBe('fr')
    expect(preferredLocale('xx', ['de-DE', 'fr-CA', 'en'])).toBe('fr')
    expect(preferredLocale(null, ['de'])).toBe('en')
  })

  it('writes dates as the reader’s region does', () => {
    expect(regionalLocale('fr', ['en-US', 'fr-CH', 'fr'])).toBe('fr-CH')
    expect(regionalLocale('fr', ['en-US'])).toBe('fr')
    expect(regionalLocale('en', ['fr-FR'])).toBe('en-GB')
  })
})
