import { computed, onScopeDispose, ref, type Ref } from 'vue'
import { useI18n } from '@/i18n'
import { useHubZone } from '@/api/queries/hub'
import { regionalLocale } from '@/i18n'
import * as time from './time'

type At = string | Date

/** The functions of time.ts in the hub's zone and the reader's language. */
export function useTime() {
  const { locale } = useI18n()
  const zone = useHubZone()
  const context = computed<time.TimeContext>(() => ({
    locale: regionalLocale(locale.value, navigator.languages),
    zone: zone.value,
  }))
  return {
    context,
    zone,
    day: (at: At) => time.formatDay(at, context.value),
    time: (at: At) => time.formatTime(at, context.value),
    dateTime: (at: At) => time.formatDateTime(at, context.value),
    exact: (at: At) => time.formatExact(at, context.value),
    slot: (start: At, end: At, allDay = false) => time.formatSlot(start, end, context.value, { allDay }),
    relative: (at: At, now?: Date) => time.formatRelative(at, context.value.locale, now),
    duration: (seconds: number) => time.formatDuration(seconds, context.value.locale),
    shift: (seconds: number) => time.formatShift(seconds, context.value.locale),
    format: (at: At, options: Intl.DateTimeFormatOptions) => time.formatWith(at, context.value, options),
  }
}

/** The present moment, moved on every so many seconds while somebody looks. */
export function useNow(everySeconds = 30): Ref<Date> {
  const now = ref(new Date())
  const timer = setInterval(() => {
    if (!document.hidden) now.value = new Date()
  }, everySeconds * 1000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
