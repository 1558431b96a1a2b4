import { readFileSync } from 'node:fs'

export type Locale = 'en' | 'fr'
export type Words = (key: string) => string

/** What the app says in a language, by its own messages: `jobs.action.launch`. */
export function wordsOf(locale: Locale): Words {
  const files = new Map<string, unknown>()
  return (key) => {
    const [file = '', ...path] = key.split('.')
    if (!files.has(file)) files.set(file, JSON.parse(readFileSync(new URL(`../src/i18n/${locale}/${file}.json`, import.meta.url), 'utf8')))
    const found = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], files.get(file))
    if (typeof found !== 'string') throw new Error(`no message ${key} in ${locale}`)
    return found
  }
}

export const english = wordsOf('en')
