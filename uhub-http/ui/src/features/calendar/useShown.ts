import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery, type LocationQueryRaw } from 'vue-router'
import { readShown, writeFilters, type ColorMode, type Filters, type Shown } from './filters'
import { keepUsual, usual, type Usual } from './usual'
import type { View } from './views'

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
    keepUsual(kept)
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
