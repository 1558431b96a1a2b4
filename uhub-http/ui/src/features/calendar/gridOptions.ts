import type { CalendarOptions, EventApi } from '@fullcalendar/vue3'
import dayGrid from '@fullcalendar/vue3/daygrid'
import interaction from '@fullcalendar/vue3/interaction'
import timeGrid from '@fullcalendar/vue3/timegrid'
import type { Translate } from '@/i18n'
import { formatWith, type TimeContext, weekNumber } from '@/ui/time'
import { compareEntries, type Entry } from './entries'
import { entryClass } from './entryClass'
import { entryNodes } from './eventContent'
import type { Item, Slot } from './model'
import type { View } from './views'
import type { Words } from './words'
import type { Zone } from './zone'

export const GRID_VIEWS: Record<Exclude<View, 'list'>, string> = { month: 'dayGridMonth', week: 'timeGridWeek', day: 'timeGridDay' }

export interface GridHandlers {
  open: (item: Item, element: HTMLElement) => void
  more: (day: string, element: HTMLElement) => void
  day: (day: string) => void
  dragStart: (item: Item) => void
  dragEnd: () => void
  /** The dragged job is over this slot. */
  over: (item: Item, slot: Slot) => void
  drop: (item: Item, slot: Slot) => void
  select: (slot: Slot, at: { x: number; y: number } | null) => void
}

export function entryOf(event: Pick<EventApi, 'extendedProps'>): Entry {
  return event.extendedProps['entry'] as Entry
}

/** The date of a cell describes it; its name is what is in it. */
function describe(cell: HTMLElement): void {
  const date = cell.getAttribute('aria-label')
  if (date === null || cell.getAttribute('role') !== 'gridcell') return
  cell.removeAttribute('aria-label')
  cell.setAttribute('aria-description', date)
}

/** What never changes, and what goes back to the component. */
export function staticOptions(handlers: GridHandlers, zone: () => Zone): CalendarOptions {
  const slotOf = ({ startStr, endStr, allDay }: { startStr: string; endStr: string; allDay: boolean }): Slot => allDay
    ? { start: zone().startOf(startStr.slice(0, 10)), end: zone().startOf(endStr.slice(0, 10)), allDay }
    : { start: Date.parse(startStr), end: Date.parse(endStr), allDay }

  function start({ event }: { event: EventApi }): void {
    const entry = entryOf(event)
    if (entry.kind === 'job') handlers.dragStart(entry.item)
  }
  function drop({ event }: { event: EventApi }): void {
    const entry = entryOf(event)
    if (entry.kind === 'job') handlers.drop(entry.item, slotOf(event))
  }

  return {
    plugins: [dayGrid, timeGrid, interaction],
    headerToolbar: false,
    height: '100%',
    expandRows: true,
    fixedWeekCount: false,
    firstDay: 1,
    eventDisplay: 'block',
    eventInteractive: true,
    editable: true,
    eventResizableFromStart: true,
    forceEventDuration: true,
    defaultAllDayEventDuration: { days: 1 },
    defaultTimedEventDuration: '01:00',
    slotDuration: '00:30',
    snapDuration: '00:15',
    slotHeaderInterval: '01:00',
    scrollTime: '07:00',
    scrollTimeReset: false,
    slotEventOverlap: false,
    eventMinHeight: 22,
    eventShortHeight: 34,
    nowIndicator: true,
    selectable: true,
    selectMinDistance: 6,
    unselectAuto: false,
    longPressDelay: 350,
    eventOrder: ((a: { entry: Entry; allDay: boolean }, b: { entry: Entry; allDay: boolean }) =>
      compareEntries(a.entry, b.entry, a.allDay || b.allDay)) as unknown as string,
    dragRevertDuration: 160,
    rerenderDelay: 0,
    eventClick({ event, el, jsEvent }) {
      jsEvent.preventDefault()
      const entry = entryOf(event)
      if (entry.kind === 'more' || entry.kind === 'crowd') handlers.more(entry.day, el)
      else if (entry.kind !== 'freeze') handlers.open(entry.item, el)
    },
    eventDragStart: start,
    eventResizeStart: start,
    eventDragStop: handlers.dragEnd,
    eventResizeStop: handlers.dragEnd,
    eventDrop: drop,
    eventResize: drop,
    // Asked for every place that the pointer comes to. What may be is the hub's to say: here all is let through.
    eventAllow(span, event) {
      const entry = event ? entryOf(event) : null
      if (entry?.kind === 'job') handlers.over(entry.item, slotOf(span))
      return true
    },
    select(info) {
      handlers.select(slotOf(info), info.jsEvent ? { x: info.jsEvent.clientX, y: info.jsEvent.clientY } : null)
    },
    navLinks: true,
    navLinkDayClick: (date) => handlers.day(zone().dayOf(date.getTime())),
    eventDidMount({ el, event }) {
      const entry = entryOf(event)
      if (entry.kind === 'job') el.dataset['job'] = entry.item.id
      if (entry.kind === 'ghost') el.dataset['ghost'] = entry.item.id
    },
    dayHeaderDidMount({ el }) {
      // A header whose words are hidden from assistive technology counts as empty.
      el.querySelector('[aria-hidden]')?.removeAttribute('aria-hidden')
      // What is read begins with what is seen: who speaks to the page says that.
      const link = el.querySelector('[role=link][aria-label]')
      if (link) link.setAttribute('aria-label', `${link.textContent?.trim() ?? ''}, ${link.getAttribute('aria-label') ?? ''}`)
    },
    dayCellDidMount: ({ el }) => describe(el),
    dayLaneDidMount: ({ el }) => describe(el),
    viewDidMount: ({ el }) => {
      for (const head of el.querySelectorAll('[role=rowheader][aria-label]')) head.setAttribute('role', 'gridcell')
      // Hours without a job are scrolled by keys, too: what scrolls is the group of rows itself.
      for (const part of el.querySelectorAll<HTMLElement>('[role=rowgroup] > div')) {
        if (!/auto|scroll/.test(getComputedStyle(part).overflowY)) continue
        part.tabIndex = 0
        part.setAttribute('role', 'rowgroup')
        part.parentElement?.setAttribute('role', 'presentation')
      }
    },
    dayHeaderAlign: 'center',
    dayHeaderClass: 'cal-head',
    dayHeaderInnerClass: 'cal-head-inner',
    dayHeaderRowClass: 'cal-head-row',
    dayCellClass: (info) => ['cal-day', info.isToday && 'is-today', info.isOther && 'is-other', info.isPast && 'is-past'].filter(Boolean).join(' '),
    dayCellTopClass: 'cal-day-top',
    dayCellTopInnerClass: 'cal-day-number',
    dayRowClass: 'cal-row',
    dayLaneClass: (info) => ['cal-lane', info.isToday && 'is-today'].filter(Boolean).join(' '),
    dayLaneInnerClass: 'cal-lane-inner',
    slotLaneClass: (info) => (info.isMinor ? 'cal-slot is-minor' : 'cal-slot'),
    slotHeaderClass: 'cal-hour',
    slotHeaderInnerClass: 'cal-hour-inner',
    slotHeaderDividerClass: 'cal-hour-divider',
    allDayHeaderClass: 'cal-allday',
    allDayHeaderInnerClass: 'cal-allday-inner',
    allDayDividerClass: 'cal-allday-divider',
    weekNumberHeaderClass: 'cal-week-head',
    weekNumberHeaderInnerClass: 'cal-week',
    inlineWeekNumberClass: 'cal-week is-inline',
    nowIndicatorLineClass: 'cal-now',
    nowIndicatorHeaderClass: 'cal-now-head',
    nowIndicatorDotClass: 'cal-now-dot',
    highlightClass: 'cal-highlight',
    navLinkClass: 'cal-link',
    eventClass: (info) => [
      entryClass(entryOf(info.event)),
      info.isMirror && 'is-mirror', info.isDragging && 'is-dragging', info.isSelected && 'is-selected',
      info.isStart && 'is-start', info.isEnd && 'is-end', info.isShort && 'is-short', info.isNarrow && 'is-narrow',
    ].filter(Boolean).join(' '),
    eventInnerClass: 'ev-inner',
    rowEventClass: 'ev-row',
    columnEventClass: 'ev-column',
    blockEventBeforeClass: (info) => (info.isStartResizable ? 'ev-grip is-before' : ''),
    blockEventAfterClass: (info) => (info.isEndResizable ? 'ev-grip is-after' : ''),
    backgroundEventClass: (info) => entryClass(entryOf(info.event)),
  }
}

/** What follows the language and what is known of the jobs around. */
export function spokenOptions(t: Translate, words: Words, context: TimeContext): CalendarOptions {
  const inUtc = (options: Intl.DateTimeFormatOptions) => (day: string) =>
    formatWith(`${day}T00:00Z`, { ...context, zone: 'UTC' }, options)
  const dayName = inUtc({ weekday: 'long', day: 'numeric', month: 'long' })
  return {
    locale: context.locale,
    allDayText: t('calendar.allDay'),
    timedText: t('calendar.hours'),
    weekTextShort: t('calendar.weekShort'),
    weekTextLong: t('calendar.weekLong'),
    navLinkHint: (text) => t('calendar.goToDay', { day: text }),
    weekNumberFormat: { week: 'narrow' },
    inlineWeekNumberContent: ({ date }) => t('calendar.weekNumber', { number: weekNumber(dayIn(date)) }),
    weekNumberHeaderContent: ({ date }) => (date ? t('calendar.weekNumber', { number: weekNumber(dayIn(date)) }) : ''),
    slotHeaderFormat: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    eventTimeFormat: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    eventContent: (info) => ({ domNodes: entryNodes(entryOf(info.event), words, dayName, info.view.type.startsWith('timeGrid')) }),
    backgroundEventContent: (info) => ({ domNodes: entryNodes(entryOf(info.event), words, dayName, false) }),
  }

  function dayIn(date: Date): string {
    return formatWith(date, { locale: 'en-CA', zone: context.zone }, { dateStyle: 'short' })
  }
}
