import { describe, expect, it } from 'vitest'
import en from '../i18n/locales/en'
import fr from '../i18n/locales/fr'
import css from './base.css?raw'

/** The letters of each font file, as browsers are told them and as `build/fonts.sh` takes them from there. */
const letters = new Map([...css.matchAll(/fonts\/([\w-]+)\.woff2'[^}]*unicode-range:([^;]*);/g)].map(([, file, ranges]) => {
  const all = (ranges ?? '').split(',').flatMap((range) => {
    const [first = 0, last = first] = range.trim().slice(2).split('-').map((code) => parseInt(code, 16))
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  return [file ?? '', new Set(all)]
}))

describe('fonts', () => {
  it('have the same letters in both faces, and none twice', () => {
    expect([...letters.keys()]).toEqual(['text', 'text-other', 'title', 'title-other'])
    expect(letters.get('title')).toEqual(letters.get('text'))
    expect(letters.get('title-other')).toEqual(letters.get('text-other'))
    expect([...letters.get('text')!].filter((code) => letters.get('text-other')!.has(code))).toEqual([])
  })

  it('need one file for all that the app says in English and French', () => {
    const said = [en, fr].map((messages) => JSON.stringify(messages)).join('')
    const elsewhere = [...new Set(said)].filter((letter) => letters.get('text-other')!.has(letter.codePointAt(0)!))
    expect(elsewhere).toEqual([])
  })
})
