import { createI18n } from 'vue-i18n'
import { compile } from './compile'
import { firstLocale, keepLocale, loadMessages, type Locale } from './languages'

export { LOCALES, LOCALE_NAMES, preferredLocale, type Locale } from './languages'

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
    i18n.global.setLocaleMessage(locale, compile(await loadMessages(locale)))
    loaded.add(locale)
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** At start. */
export function loadLocale(): Promise<void> {
  return show(firstLocale())
}

/** A choice, which is kept. */
export async function chooseLocale(locale: Locale): Promise<void> {
  await show(locale)
  keepLocale(locale)
}
