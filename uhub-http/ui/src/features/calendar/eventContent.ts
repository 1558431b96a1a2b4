import { plainLine, initials } from '@/ui/text'
import type { Entry } from './entries'
import { icon, Lock, Plus, Repeat, ShieldQuestionMark, Snowflake, STATUS_ICON, TriangleAlert } from './icons'
import type { Item } from './model'
import type { Words } from './words'

function span(className: string, text?: string): HTMLSpanElement {
  const node = document.createElement('span')
  node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

/** What is seen, hidden from assistive technology, which reads the sentence beside it. */
function seen(...nodes: Node[]): HTMLSpanElement {
  const box = span('ev-line')
  box.setAttribute('aria-hidden', 'true')
  box.append(...nodes)
  return box
}

function jobNodes(item: Item, words: Words, isColumn: boolean): Node[] {
  const line: Node[] = [span('ev-mark', initials(item.projectName))]
  if (item.conflict) line.push(icon(TriangleAlert, 13, 'ev-alert'))
  const time = span('ev-time', words.time(item.start))
  const title = span('ev-title', plainLine(item.title))
  if (!item.allDay && !isColumn) line.push(time)
  line.push(title)
  if (item.seriesId) line.push(icon(Repeat, 11, 'ev-repeat'))
  const status = STATUS_ICON[item.status]
  if (status) line.push(icon(status, 13, 'ev-status'))
  if (!item.editable) line.push(icon(Lock, 11, 'ev-lock'))
  const nodes: Node[] = [seen(...line)]
  if (isColumn && !item.allDay) {
    const under = seen(span('ev-time', words.hours(item)), ...(item.environment ? [span('ev-env', item.environment)] : []))
    under.classList.add('ev-under')
    nodes.push(under)
  }
  nodes.push(span('visually-hidden', words.label(item)))
  return nodes
}

/** The inside of an event as nodes: thousands of components would be too many. All text goes in as text. */
export function entryNodes(entry: Entry, words: Words, dayName: (day: string) => string, isColumn: boolean): Node[] {
  switch (entry.kind) {
    case 'job':
      return jobNodes(entry.item, words, isColumn)
    case 'ghost':
      return [
        seen(icon(ShieldQuestionMark, 13, 'ev-status'), span('ev-title', plainLine(entry.item.title))),
        span('visually-hidden', words.ghost(entry.item)),
      ]
    case 'more':
    case 'crowd':
      return [
        seen(icon(Plus, 12, 'ev-plus'), span('ev-count', String(entry.count)), ...(isColumn ? [] : [span('ev-title', words.more(entry.count))])),
        span('visually-hidden', words.moreOn(entry.count, dayName(entry.day))),
      ]
    case 'freeze': {
      const label = span('freeze-label')
      label.append(icon(Snowflake, 12), span('freeze-text', words.freeze(entry.freeze)))
      return [label]
    }
  }
}
