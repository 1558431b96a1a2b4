import type { Entry } from './entries'

/** Classes that tell the state of an entry; the look is in calendar.css. */
export function entryClass(entry: Entry): string {
  switch (entry.kind) {
    case 'job': {
      const { item } = entry
      return [
        'ev', `is-${item.status}`,
        item.conflict ? 'has-conflict' : '',
        item.editable ? 'is-movable' : 'is-locked',
        item.critical ? 'is-critical' : '',
      ].filter(Boolean).join(' ')
    }
    case 'ghost':
      return 'ev is-ghost'
    case 'more':
    case 'crowd':
      return 'ev is-more'
    case 'freeze':
      return 'freeze'
  }
}
