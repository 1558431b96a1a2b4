import { keepPreviousData, useMutation, useQuery, type QueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import type { QueryOf } from '../types'
import { useRefreshJobs } from './jobs'
import { keys } from './keys'

export type EventFilter = QueryOf<'/calendar/events'>
export interface Range {
  start: string
  end: string
}

const eventsKey = (filter: EventFilter) => [...keys.calendar, 'events', filter]
const readEvents = (filter: EventFilter, signal: AbortSignal) => unwrap(api.GET('/calendar/events', { params: { query: filter }, signal }))
/** Who pages through the months leaves thousands of events behind. */
const EVENTS_KEPT_MS = 20_000

/** The same events before there is a component to show them. */
export function prefetchCalendarEvents(client: QueryClient, filter: EventFilter): Promise<void> {
  return client.prefetchQuery({ queryKey: eventsKey(filter), queryFn: ({ signal }) => readEvents(filter, signal), gcTime: EVENTS_KEPT_MS })
}

export function useCalendarEvents(filter: MaybeRefOrGetter<EventFilter>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => eventsKey(toValue(filter))),
    queryFn: ({ signal }) => readEvents(toValue(filter), signal),
    placeholderData: keepPreviousData,
    gcTime: EVENTS_KEPT_MS,
    enabled: computed(() => toValue(enabled)),
  })
}

export function readConflicts(range: Range, signal?: AbortSignal) {
  return unwrap(api.GET('/calendar/conflicts', { params: { query: range }, ...(signal ? { signal } : {}) }))
}

export function useConflicts(range: MaybeRefOrGetter<Range>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => [...keys.calendar, 'conflicts', toValue(range)]),
    queryFn: ({ signal }) => readConflicts(toValue(range), signal),
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
}

/** The moves that would free every conflict in the range; makes none. */
export function previewResolution(range: Range, pools?: string[], signal?: AbortSignal) {
  return unwrap(api.POST('/calendar/resolve', {
    body: { ...range, ...(pools ? { pools } : {}), apply: false },
    ...(signal ? { signal } : {}),
  }))
}

export function useApplyResolution() {
  return useMutation({
    mutationFn: ({ range, pools }: { range: Range; pools?: string[] }) =>
      unwrap(api.POST('/calendar/resolve', { body: { ...range, ...(pools ? { pools } : {}), apply: true } })),
    onSettled: useRefreshJobs(),
  })
}
