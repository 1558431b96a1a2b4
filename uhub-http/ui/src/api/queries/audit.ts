import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import type { QueryOf } from '../types'
import { keys } from './keys'

export type AuditFilter = Omit<QueryOf<'/audit'>, 'cursor'>

export function useAudit(filter: MaybeRefOrGetter<AuditFilter>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useInfiniteQuery({
    queryKey: computed(() => [...keys.audit, 'list', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/audit', { params: { query: { ...toValue(filter), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
}

/** Walks the whole chain: only when somebody asks (`refetch`). */
export function useAuditVerification() {
  return useQuery({
    queryKey: ['audit-verification'],
    queryFn: ({ signal }) => unwrap(api.GET('/audit/verify', { signal })),
    enabled: false,
    retry: false,
  })
}
