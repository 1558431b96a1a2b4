import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import type { QueryOf, Run } from '../types'
import { useRefreshJobs } from './jobs'
import { keys } from './keys'

export type RunFilter = Omit<QueryOf<'/runs'>, 'cursor'>

export function useRuns(filter: MaybeRefOrGetter<RunFilter>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useInfiniteQuery({
    queryKey: computed(() => [...keys.runs, 'list', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/runs', { params: { query: { ...toValue(filter), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
}

export function readRun(id: string, signal?: AbortSignal): Promise<Run> {
  return unwrap(api.GET('/runs/{id}', { params: { path: { id } }, ...(signal ? { signal } : {}) }))
}

export function useRun(id: MaybeRefOrGetter<string | null | undefined>) {
  return useQuery({
    queryKey: computed(() => [...keys.runs, 'one', toValue(id)]),
    queryFn: ({ signal }) => readRun(toValue(id) ?? '', signal),
    enabled: computed(() => Boolean(toValue(id))),
  })
}

export function useCancelRun() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/runs/{id}/cancel', { params: { path: { id } } })),
    onSettled: useRefreshJobs(),
  })
}
