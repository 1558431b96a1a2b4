import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import type { QueryOf } from '../types'
import { useRefreshJobs } from './jobs'
import { keys } from './keys'

export type ApprovalFilter = Omit<QueryOf<'/approvals'>, 'cursor'>

/** Pending ones first, as the hub orders them. */
export function useApprovals(filter: MaybeRefOrGetter<ApprovalFilter> = {}, enabled: MaybeRefOrGetter<boolean> = true) {
  return useInfiniteQuery({
    queryKey: computed(() => [...keys.approvals, 'list', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/approvals', { params: { query: { ...toValue(filter), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
}

export function useApproval(id: MaybeRefOrGetter<string | null | undefined>) {
  return useQuery({
    queryKey: computed(() => [...keys.approvals, 'one', toValue(id)]),
    queryFn: ({ signal }) => unwrap(api.GET('/approvals/{id}', { params: { path: { id: toValue(id) ?? '' } }, signal })),
    enabled: computed(() => Boolean(toValue(id))),
  })
}

/** How many wait, for the badge; 100 stands for more. */
export function usePendingApprovals(enabled: MaybeRefOrGetter<boolean> = true) {
  const query = useQuery({
    queryKey: [...keys.approvals, 'pending'],
    queryFn: ({ signal }) => unwrap(api.GET('/approvals', { params: { query: { state: 'pending', limit: 100 } }, signal })),
    enabled: computed(() => toValue(enabled)),
  })
  return { ...query, count: computed(() => query.data.value?.items.length ?? 0) }
}

export function useApprove() {
  return useMutation({
    mutationFn: ({ id, comment }: { id: string; comment?: string }) =>
      unwrap(api.POST('/approvals/{id}/approve', { params: { path: { id } }, body: comment ? { comment } : {} })),
    onSettled: useRefreshJobs(),
  })
}

export function useReject() {
  return useMutation({
    mutationFn: ({ id, comment }: { id: string; comment: string }) =>
      unwrap(api.POST('/approvals/{id}/reject', { params: { path: { id } }, body: { comment } })),
    onSettled: useRefreshJobs(),
  })
}
