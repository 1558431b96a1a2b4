import type { Freeze } from '@/api/types'
import type { Translate } from '@/i18n'
import { plainLine } from '@/ui/text'
import { formatSlot, formatTime, type TimeContext } from '@/ui/time'
import type { Item, Slot } from './model'

/** How many colliding jobs are named before the rest is counted. */
const NAMED = 5

/** What is said of jobs, in one place for eyes and ears. */
export interface Words {
  time: (at: number) => string
  /** `09:00–10:00`, or that it is a whole day. */
  hours: (slot: Slot) => string
  slot: (slot: Slot) => string
  status: (item: Item) => string
  /** With what it collides, in sentences; empty where it does not. */
  conflicts: (item: Item) => string
  /** All of it in a line. */
  label: (item: Item) => string
  ghost: (item: Item) => string
  more: (count: number) => string
  moreOn: (count: number, day: string) => string
  freeze: (freeze: Freeze) => string
}

export function createWords(
  t: Translate, context: TimeContext, jobs: () => ReadonlyMap<string, Item>, freezes: () => readonly Freeze[],
): Words {
  const time = (at: number) => formatTime(new Date(at), context)
  const slot = ({ start, end, allDay }: Slot) => formatSlot(new Date(start), new Date(end), context, { allDay })
  const hours = (one: Slot) => (one.allDay ? t('calendar.allDay') : `${time(one.start)}–${time(one.end)}`)
  const status = (item: Item) => t(`common.jobStatus.${item.status}`)

  function conflicts(item: Item): string {
    const sentences: string[] = []
    if (item.conflictsWith.length > 0) {
      const titles = item.conflictsWith.slice(0, NAMED).map((id) => {
        const other = jobs().get(id)
        return other ? plainLine(other.title) : t('calendar.conflict.unseen')
      })
      const rest = item.conflictsWith.length - titles.length
      if (rest > 0) titles.push(t('calendar.conflict.others', rest))
      sentences.push(t('calendar.conflict.with', { titles: titles.join(', ') }))
    }
    if (item.frozenBy) {
      const reason = freezes().find(({ id }) => id === item.frozenBy)?.reason
      sentences.push(reason ? t('calendar.conflict.frozen', { reason: plainLine(reason) }) : t('calendar.conflict.frozenUnseen'))
    }
    if (sentences.length === 0 && item.conflict) sentences.push(t('common.conflict'))
    return sentences.join(' ')
  }

  return {
    time,
    hours,
    slot,
    status,
    conflicts,
    label(item) {
      const parts = [hours(item), plainLine(item.title), plainLine(item.projectName), ...(item.environment ? [item.environment] : []), status(item), ...(item.seriesId ? [t('repeat.icon')] : [])]
      const found = conflicts(item)
      return parts.join(', ') + (found ? `. ${found}` : '') + (item.editable ? '' : `. ${t('calendar.locked')}`)
    },
    ghost: (item) => t('calendar.ghost', { title: plainLine(item.title) }),
    more: (count) => t('calendar.more', count),
    moreOn: (count, day) => `${t('calendar.more', count)}, ${day}`,
    freeze: (freeze) => t('calendar.freeze', { reason: plainLine(freeze.reason) }),
  }
}
