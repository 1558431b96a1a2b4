import { computed, onScopeDispose, shallowRef, toRaw, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { useQuery } from '@tanstack/vue-query'
import { readAll } from '@/api/queries/all'
import { useCalendarEvents } from '@/api/queries/calendar'
import { useFreezes } from '@/api/queries/freezes'
import { useHubZone } from '@/api/queries/hub'
import { keys } from '@/api/queries/keys'
import { api, unwrap } from '@/api/client'
import type { JobBrief } from '@/api/types'
import { applyFilters, type ColorMode, type Filters } from './filters'
import { toItem, type Item } from './model'
import type { Days } from './range'
import { createZone, type Zone } from './zone'

export interface FeedInput {
  days: Days
  color: ColorMode
  filters: Filters
}

/** The hub's zone, with its clock. */
export function useZone() {
  const name = useHubZone()
  return computed(() => createZone(name.value))
}

/** Days as the instants with which they begin and end. */
export function spanOf({ from, to }: Days, zone: Zone): { start: string; end: string } {
  return { start: new Date(zone.startOf(from)).toISOString(), end: new Date(zone.startOf(to)).toISOString() }
}

/** What the calendar is made of: jobs, freeze windows, and what of it is left after the filters. */
export function useCalendarFeed(input: MaybeRefOrGetter<FeedInput>, zone: Ref<Zone>) {
  const span = computed(() => spanOf(toValue(input).days, zone.value))
  const query = useCalendarEvents(() => ({ ...span.value, color_by: toValue(input).color }))
  const freezes = useFreezes()
  const own = useOwnJobs(span, () => toValue(input).filters.mine)

  const all = shallowRef<Item[]>([])
  /** What the colours of `all` tell: while the next answer is awaited, what they told before. */
  const colored = shallowRef<ColorMode>(toValue(input).color)
  const stop = watch([query.data, zone, query.isPlaceholderData], ([events, at, isOld]) => {
    // Past the query's proxies: thousands of events are read many times.
    all.value = (toRaw(events) ?? []).map((event) => toItem(event, at))
    if (!isOld) colored.value = toValue(input).color
  }, { immediate: true })
  onScopeDispose(stop)

  return {
    span,
    all,
    colored,
    byId: computed(() => new Map(all.value.map((item) => [item.id, item]))),
    items: computed(() => applyFilters(all.value, toValue(input).filters, own.value)),
    freezes: computed(() => (freezes.data.value ?? [])
      .filter(({ start, end, project_id }) => {
        const { projects } = toValue(input).filters
        return start < span.value.end && end > span.value.start && (project_id === null || projects.length === 0 || projects.includes(project_id))
      })),
    /** The next page is on its way, the one before is still shown. */
    isTurning: query.isPlaceholderData,
    isLoading: query.isPending,
    error: query.error,
    refetch: query.refetch,
  }
}

/** The ids of the caller's own jobs in a span. The feed does not tell who created a job. */
function useOwnJobs(span: MaybeRefOrGetter<{ start: string; end: string }>, enabled: () => boolean) {
  const query = useQuery({
    queryKey: computed(() => [...keys.jobs, 'own', toValue(span)]),
    queryFn: async ({ signal }) => {
      const { start, end } = toValue(span)
      const jobs: Pick<JobBrief, 'id'>[] = await readAll((page) =>
        unwrap(api.GET('/jobs', { params: { query: { ...page, mine: true, from: start, to: end } }, signal })))
      return new Set(jobs.map((job) => job.id))
    },
    enabled: computed(enabled),
  })
  return computed(() => query.data.value ?? null)
}
