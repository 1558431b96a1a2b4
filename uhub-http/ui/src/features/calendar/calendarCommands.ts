import { CalendarCheck, CalendarDays, ChartGantt, ChevronLeft, ChevronRight, Columns3, List, RectangleVertical } from '@lucide/vue'
import type { Command } from '@/app/commands'
import { translate as t } from '@/i18n'
import { VIEWS, type View } from './views'

export interface CalendarActions {
  step: (direction: 1 | -1) => void
  today: () => void
  view: (view: View | 'timeline') => void
}

const ICONS = { month: CalendarDays, week: Columns3, day: RectangleVertical, list: List, timeline: ChartGantt }

/** What can be done in the calendar and the timeline by a key. */
export function calendarCommands({ step, today, view }: CalendarActions): Command[] {
  return [
    { id: 'calendar.today', title: () => t('calendar.command.today'), group: 'view', icon: CalendarCheck, shortcut: 't', run: today },
    { id: 'calendar.previous', title: () => t('calendar.previous'), group: 'view', icon: ChevronLeft, shortcut: 'p', run: () => step(-1) },
    { id: 'calendar.next', title: () => t('calendar.next'), group: 'view', icon: ChevronRight, shortcut: 'n', run: () => step(1) },
    ...[...VIEWS, 'timeline' as const].map((one, index): Command => ({
      id: `calendar.view.${one}`,
      title: () => t('calendar.command.view', { view: t(`calendar.view.${one}`) }),
      group: 'view',
      icon: ICONS[one],
      shortcut: String(index + 1),
      run: () => view(one),
    })),
  ]
}
