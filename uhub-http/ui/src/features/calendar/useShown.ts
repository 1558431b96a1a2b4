import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery, type LocationQueryRaw } from 'vue-router'
import { readShown, writeFilters, type ColorMode, type Filters, type Shown } from './filters'
import { VIEWS, type View } from './range'

const STORED = 'uhub.calendar'

type Usual = Pick<Shown, 'view' | 'color' | 'weeks'>

/** What was chosen here last, for addresses that do not tell. On a phone the list reads best. */
function usual(): Usual {
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

/** What an address will show, before there is a page for it. */
export function shownBy(query: LocationQuery): Shown {
  return readShown(query, usual())
}

/** What the calendar shows is its address: it can be linked to, and the browser's back leads back. */
export function useShown() {
  const route = useRoute()
  const router = useRouter()
  const kept = usual()
  const shown = computed(() => readShown(route.query, kept))

  function keep(part: Partial<Usual>): void {
    Object.assign(kept, part)
    localStorage.setItem(STORED, JSON.stringify(kept))
  }

  function go(part: LocationQueryRaw, isStep = false): void {
    const query = { ...route.query, ...part }
    void (isStep ? router.push({ query }) : router.replace({ query }))
  }

  return {
    shown,
    setDay: (day: string) => go({ date: day }),
    setView(view: View, day?: string) {
      keep({ view })
      go({ view, ...(day ? { date: day } : {}) }, true)
    },
    setColor(color: ColorMode) {
      keep({ color })
      go({ color })
    },
    setWeeks(weeks: boolean) {
      keep({ weeks })
      go({ weeks: weeks ? '1' : '0' })
    },
    setFilters: (filters: Filters) => void router.replace({ query: writeFilters(route.query, filters) }),
  }
}
