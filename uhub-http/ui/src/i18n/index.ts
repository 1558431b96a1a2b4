import { createI18n } from 'vue-i18n'
import { compile, type Messages } from './compile'

export const LOCALES = ['en', 'fr'] as const
export type Locale = (typeof LOCALES)[number]

/** Each language by its own name, as who reads it would look for it. */
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', fr: 'Français' }

const STORED = 'uhub.locale'

const load: Record<Locale, () => Promise<{ default: Messages }>> = {
  en: () => import('./locales/en'),
  fr: () => import('./locales/fr'),
}

export const pluralRules = {
  // French: 0 and 1 are singular. With three forms the first is for none.
  fr: (count: number, forms: number) => {
    if (forms === 3) return count === 0 ? 0 : count < 2 ? 1 : 2
    return Math.abs(count) < 2 ? 0 : 1
  },
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  // The other language is not loaded: a missing key shows itself, and a test finds it before.
  missingWarn: false,
  fallbackWarn: false,
  messages: {},
  pluralRules,
})

/** As little of vue-i18n's `t` as plain modules need: a message, perhaps by count or with values. */
export type Translate = (key: string, with_?: number | Record<string, unknown>) => string

/** `t` outside of components. */
export const translate: Translate = (key, with_) =>
  (i18n.global.t as unknown as Translate)(key, with_ ?? {})

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

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

/**
 * The language for `Intl`: as the reader's own region writes it, where the browser names one. English without a region is the
 * one of Britain, with the day before the month and clocks of 24 hours, as all else here.
 */
export function regionalLocale(locale: string, languages: readonly string[]): string {
  const regional = languages.find((language) => language.toLowerCase().startsWith(`${locale}-`))
  return regional ?? (locale === 'en' ? 'en-GB' : locale)
}

const loaded = new Set<Locale>()

async function show(locale: Locale): Promise<void> {
  if (!loaded.has(locale)) {
    const messages = await load[locale]()
    i18n.global.setLocaleMessage(locale, compile(messages.default))
    loaded.add(locale)
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** At start. */
export function loadLocale(): Promise<void> {
  return show(preferredLocale(localStorage.getItem(STORED), navigator.languages))
}

/** A choice, which is kept. */
export async function chooseLocale(locale: Locale): Promise<void> {
  await show(locale)
  localStorage.setItem(STORED, locale)
}
