import type { Messages } from './compile'

export const LOCALES = ['en', 'fr'] as const
export type Locale = (typeof LOCALES)[number]

/** Each language by its own name, as who reads it would look for it. */
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', fr: 'Français' }

const STORED = 'uhub.locale'

const load: Record<Locale, () => Promise<{ default: Messages }>> = {
  en: () => import('./locales/en'),
  fr: () => import('./locales/fr'),
}

function isLocale(value: string | null): value is Locale {
  return value !== null && (LOCALES as readonly string[]).includes(value)
}

/** What was chosen here, or else the first of the browser's languages that there is. */
export function preferredLocale(stored: string | null, languages: readonly string[]): Locale {
  if (isLocale(stored)) return stored
  for (const language of languages) {
    const short = language.toLowerCase().split('-')[0] ?? ''
    if (isLocale(short)) return short
  }
  return 'en'
}

/** The language to begin with. */
export const firstLocale = (): Locale => preferredLocale(localStorage.getItem(STORED), navigator.languages)

export const keepLocale = (locale: Locale): void => localStorage.setItem(STORED, locale)

export const loadMessages = async (locale: Locale): Promise<Messages> => (await load[locale]()).default
