import { ref, shallowReactive } from 'vue'
import { speech, type PluralRule, type Speech, type Values } from './compile'
import { firstLocale, keepLocale, loadMessages, type Locale } from './languages'

export { LOCALES, LOCALE_NAMES, preferredLocale, type Locale } from './languages'

export const pluralRules: Partial<Record<Locale, PluralRule>> = {
  // French: 0 and 1 are singular. With three forms the first is for none.
  fr: (count, forms) => {
    if (forms === 3) return count === 0 ? 0 : count < 2 ? 1 : 2
    return Math.abs(count) < 2 ? 0 : 1
  },
}

const locale = ref<Locale>('en')
/** The languages that were loaded. */
const spoken = shallowReactive(new Map<Locale, Speech>())

/** What plain modules need of it: a message, perhaps by count or with values. */
export type Translate = (key: string, with_?: number | Values) => string

/** A message; a key that is missing shows itself, and a test finds it before. */
function t(key: string, with_?: number | Values, count?: number): string {
  return spoken.get(locale.value)?.say(key, with_, count) ?? key
}

/** The same outside of components. */
export const translate: Translate = t

/** The language of what is shown, and what is said in it. */
export function useI18n() {
  return {
    locale,
    t,
    /** Whether there is such a message. */
    te: (key: string) => spoken.get(locale.value)?.has(key) ?? false,
    /** A number as the language writes it. */
    n: (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale.value, options).format(value),
  }
}

export function currentLocale(): Locale {
  return locale.value
}

/**
 * The language for `Intl`: as the reader's own region writes it, where the browser names one. English without a region is the
 * one of Britain, with the day before the month and clocks of 24 hours, as all else here.
 */
export function regionalLocale(locale: string, languages: readonly string[]): string {
  const regional = languages.find((language) => language.toLowerCase().startsWith(`${locale}-`))
  return regional ?? (locale === 'en' ? 'en-GB' : locale)
}

async function show(next: Locale): Promise<void> {
  if (!spoken.has(next)) spoken.set(next, speech(await loadMessages(next), pluralRules[next]))
  locale.value = next
  document.documentElement.lang = next
}

/** At start. */
export function loadLocale(): Promise<void> {
  return show(firstLocale())
}

/** A choice, which is kept. */
export async function chooseLocale(next: Locale): Promise<void> {
  await show(next)
  keepLocale(next)
}
