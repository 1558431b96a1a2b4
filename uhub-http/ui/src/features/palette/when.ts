import { addDays, fromLocal, mondayOf, toLocal } from '@/ui/time'
import { fold } from '@/ui/text'

/** What a phrase such as `tomorrow 9:00-10:30` or `demain 9h` says. */
export interface When {
  start: Date
  /** `null`: as long as jobs of the type usually take. */
  end: Date | null
  allDay: boolean
}

interface Found {
  /** `YYYY-MM-DD` */
  date?: string
  /** Minutes after midnight. */
  from?: number
  to?: number
  /** Minutes. */
  length?: number
  /** Minutes from now. */
  ahead?: number
  allDay?: boolean
}

interface Setting {
  now: Date
  zone: string
}

/** With a date alone, work begins then: as in the hub's own relative dates. */
const MORNING = 9 * 60
const DAY = 24 * 60
const STEP = 5 * 60_000

const WEEKDAYS = [
  ['monday', 'mon', 'lundi', 'lun'],
  ['tuesday', 'tue', 'tues', 'mardi', 'mar'],
  ['wednesday', 'wed', 'mercredi', 'mer'],
  ['thursday', 'thu', 'thurs', 'jeudi', 'jeu'],
  ['friday', 'fri', 'vendredi', 'ven'],
  ['saturday', 'sat', 'samedi', 'sam'],
  ['sunday', 'sun', 'dimanche', 'dim'],
]
const MONTHS = [
  ['january', 'jan', 'janvier', 'janv'],
  ['february', 'feb', 'fevrier', 'fev', 'fevr'],
  ['march', 'mar', 'mars'],
  ['april', 'apr', 'avril', 'avr'],
  ['may', 'mai'],
  ['june', 'jun', 'juin'],
  ['july', 'jul', 'juillet', 'juil'],
  ['august', 'aug', 'aout'],
  ['september', 'sep', 'sept', 'septembre'],
  ['october', 'oct', 'octobre'],
  ['november', 'nov', 'novembre'],
  ['december', 'dec', 'decembre'],
]
const indexIn = (names: readonly (readonly string[])[], word: string) => names.findIndex((all) => all.includes(word))

const TIME = '(\\d{1,2})(?:(?:\\s*[:h]\\s*(\\d{2})?)|(?=\\s*[ap]m\\b))\\s*(am|pm)?'
const UNIT = '(minutes?|mins?|m|heures?|hours?|hrs?|h|jours?|days?|d|j|semaines?|weeks?|w|s|sem)'

function minutesOf(hours: string | undefined, minutes: string | undefined, half: string | undefined): number | null {
  let hour = Number(hours)
  const minute = Number(minutes ?? 0)
  if (half && (hour < 1 || hour > 12)) return null
  if (half === 'pm' && hour < 12) hour += 12
  if (half === 'am' && hour === 12) hour = 0
  return hour > 24 || minute > 59 || (hour === 24 && minute > 0) ? null : hour * 60 + minute
}

function unitMinutes(unit: string): number {
  if (/^(w|s$|sem)/.test(unit)) return 7 * DAY
  if (/^(d|j)/.test(unit)) return DAY
  return unit.startsWith('h') ? 60 : 1
}

/** A date that there is, in this year or else the next. */
function dateOf(today: string, day: number, month: number, year?: number): string | null {
  const make = (of: number) => {
    const date = `${of}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
    const parsed = new Date(`${date}T00:00Z`)
    return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date ? null : date
  }
  if (year !== undefined) return make(year < 100 ? 2000 + year : year)
  const here = make(Number(today.slice(0, 4)))
  return here !== null && here >= today ? here : make(Number(today.slice(0, 4)) + 1)
}

type Rule = [RegExp, (match: RegExpExecArray, found: Found, today: string) => boolean]

function setDate(found: Found, date: string | null): boolean {
  if (date === null || found.date !== undefined) return false
  found.date = date
  return true
}

function setTime(found: Found, from: number | null): boolean {
  if (from === null || found.from !== undefined) return false
  found.from = from
  return true
}

/** Each takes one piece off the beginning of what is left. The order matters: a range before its first half. */
const RULES: Rule[] = [
  [/^(at|a|on|le|les|the|de|from|this|ce|,)(?=\s|$|(?<=,))/, () => true],
  [/^(now|maintenant)\b/, (_, found) => found.ahead === undefined && (found.ahead = 0, true)],
  [/^(today|aujourd['’ ]?hui|auj)\b/, (_, found, today) => setDate(found, today)],
  [/^(day after tomorrow|apres[- ]demain)\b/, (_, found, today) => setDate(found, addDays(today, 2))],
  [/^(tomorrow|tmr|demain)\b/, (_, found, today) => setDate(found, addDays(today, 1))],
  [/^(all[- ]day|toute la journee|journee entiere|journee)\b/, (_, found) => (found.allDay = true)],
  [/^(noon|midi)\b/, (_, found) => setTime(found, 12 * 60)],
  [/^(midnight|minuit)\b/, (_, found) => setTime(found, 0)],
  [/^next week|^(la )?semaine prochaine/, (_, found, today) => setDate(found, addDays(mondayOf(today), 7))],
  [new RegExp(`^(?:for|pendant|durant)\\s+(\\d+(?:[.,]\\d+)?)\\s*${UNIT}(?![a-z])(?:\\s*(\\d{2}))?`), (match, found) => {
    if (found.length !== undefined) return false
    const size = Number((match[1] ?? '').replace(',', '.')) * unitMinutes(match[2] ?? '')
    found.length = Math.round(size) + Number(match[3] ?? 0)
    return found.length > 0
  }],
  [new RegExp(`^(?:\\+|in\\s+|dans\\s+)(\\d{1,4})\\s*${UNIT}(?![a-z])`), (match, found, today) => {
    const minutes = Number(match[1]) * unitMinutes(match[2] ?? '')
    if (minutes % DAY === 0) return setDate(found, addDays(today, minutes / DAY))
    if (found.ahead !== undefined) return false
    found.ahead = minutes
    return true
  }],
  [/^(\d{4})-(\d{1,2})-(\d{1,2})t?(?=\s|$|\d)/, (match, found, today) => setDate(found, dateOf(today, Number(match[3]), Number(match[2]), Number(match[1])))],
  [/^(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?(?=\s|$|,)/, (match, found, today) => {
    const [one, two, year] = [Number(match[1]), Number(match[2]), match[3] === undefined ? undefined : Number(match[3])]
    // The day comes first, unless that cannot be.
    return setDate(found, two > 12 ? dateOf(today, two, one, year) : dateOf(today, one, two, year))
  }],
  [/^(\d{1,2})(?:st|nd|rd|th|er)?\s+([a-z]{3,9})\.?(?:\s+(\d{4}))?(?=\s|$|,)/, (match, found, today) => {
    const month = indexIn(MONTHS, match[2] ?? '') + 1
    return month > 0 && setDate(found, dateOf(today, Number(match[1]), month, match[3] ? Number(match[3]) : undefined))
  }],
  [/^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?=\s|$|,)/, (match, found, today) => {
    const month = indexIn(MONTHS, match[1] ?? '') + 1
    return month > 0 && setDate(found, dateOf(today, Number(match[2]), month, match[3] ? Number(match[3]) : undefined))
  }],
  [/^(next\s+)?([a-z]{3,9})(\s+prochain)?(?=\s|$|,)/, (match, found, today) => {
    const weekday = indexIn(WEEKDAYS, match[2] ?? '')
    if (weekday < 0) return false
    const ahead = (weekday - ((new Date(`${today}T00:00Z`).getUTCDay() + 6) % 7) + 7) % 7
    return setDate(found, addDays(today, ahead === 0 ? 7 : ahead))
  }],
  [new RegExp(`^${TIME}\\s*(?:-|–|to|until|till|a|jusqu'a)\\s*${TIME}(?![\\d])`), (match, found) => {
    const from = minutesOf(match[1], match[2], match[3])
    const to = minutesOf(match[4], match[5], match[6])
    if (from === null || to === null || found.from !== undefined) return false
    found.from = from
    // Past midnight where it ends before it begins.
    found.to = to > from ? to : to + DAY
    return true
  }],
  [new RegExp(`^${TIME}(?![\\d])`), (match, found) => setTime(found, minutesOf(match[1], match[2], match[3]))],
]

function read(text: string, today: string): Found | null {
  const found: Found = {}
  let rest = text
  while (rest !== '') {
    const next = RULES.flatMap(([pattern, take]) => {
      const match = pattern.exec(rest)
      if (!match || match[0] === '') return []
      const copy = { ...found }
      return take(match, copy, today) ? [{ copy, taken: match[0].length }] : []
    })[0]
    if (!next) return null
    Object.assign(found, next.copy)
    rest = rest.slice(next.taken).replace(/^[\s,]+/, '')
  }
  return found
}

const at = (date: string, minutes: number, zone: string) => {
  const day = addDays(date, Math.floor(minutes / DAY))
  const rest = minutes % DAY
  const time = `${String(Math.floor(rest / 60)).padStart(2, '0')}:${String(rest % 60).padStart(2, '0')}`
  return fromLocal({ date: day, time }, zone)
}

/** The slot that a phrase in English or French means, in the hub's zone; `null` where it means none. */
export function parseWhen(phrase: string, { now, zone }: Setting): When | null {
  const text = fold(phrase).trim().replace(/\s+/g, ' ')
  if (text === '') return null
  const today = toLocal(now, zone).date
  const found = read(text, today)
  if (!found) return null

  if (found.allDay) {
    const date = found.date ?? today
    const [start, end] = [at(date, 0, zone), at(addDays(date, 1), 0, zone)]
    return start && end ? { start, end, allDay: true } : null
  }
  const lasting = (start: Date) => (found.length === undefined ? null : new Date(start.getTime() + found.length * 60_000))
  if (found.ahead !== undefined) {
    if (found.date !== undefined || found.from !== undefined) return null
    const start = new Date(Math.ceil((now.getTime() + found.ahead * 60_000) / STEP) * STEP)
    return { start, end: lasting(start), allDay: false }
  }
  if (found.date === undefined && found.from === undefined) return null
  const minutes = found.from ?? MORNING
  let date = found.date ?? today
  let start = at(date, minutes, zone)
  // A time alone is the next one that comes.
  if (found.date === undefined && start !== null && start <= now) {
    date = addDays(date, 1)
    start = at(date, minutes, zone)
  }
  if (!start) return null
  const end = found.to === undefined ? lasting(start) : at(date, found.to, zone)
  return { start, end, allDay: false }
}
