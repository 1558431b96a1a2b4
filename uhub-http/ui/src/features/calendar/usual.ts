import type { Shown } from './filters'
import { VIEWS } from './views'

const STORED = 'uhub.calendar'

export type Usual = Pick<Shown, 'view' | 'color' | 'weeks'>

/** What was chosen here last, for addresses that do not tell. On a phone the list reads best. */
export function usual(): Usual {
  const otherwise: Usual = { view: matchMedia('(max-width: 719px)').matches ? 'list' : 'month', color: 'project', weeks: true }
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? '{}') as Partial<Usual>
    return {
      view: VIEWS.find((view) => view === kept.view) ?? otherwise.view,
      color: (['project', 'type', 'status'] as const).find((color) => color === kept.color) ?? otherwise.color,
      weeks: typeof kept.weeks === 'boolean' ? kept.weeks : otherwise.weeks,
    }
  } catch {
    return otherwise
  }
}

export function keepUsual(kept: Usual): void {
  localStorage.setItem(STORED, JSON.stringify(kept))
}
