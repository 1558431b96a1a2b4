import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, idempotencyKey, ifMatch, unwrap } from '../client'
import type { CreateJob, Job, JobOutcome, Launch, LaunchOutcome, PatchJob, QueryOf, Run, SeriesScope } from '../types'
import { keys } from './keys'

export type JobFilter = Omit<QueryOf<'/jobs'>, 'cursor'>

/** Whether an answer says that it waits for approval (202). */
export function waits<T extends object>(answer: T | JobOutcome | LaunchOutcome): answer is JobOutcome | LaunchOutcome {
  return 'approval' in answer && ('job' in answer || 'run' in answer)
}

export function useJobs(filter: MaybeRefOrGetter<JobFilter>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useInfiniteQuery({
    queryKey: computed(() => [...keys.jobs, 'list', toValue(filter)]),
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/jobs', { params: { query: { ...toValue(filter), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  })
}

export function readJob(id: string, signal?: AbortSignal): Promise<Job> {
  return unwrap(api.GET('/jobs/{id}', { params: { path: { id } }, ...(signal ? { signal } : {}) }))
}

export function useJob(id: MaybeRefOrGetter<string | null | undefined>) {
  return useQuery({
    queryKey: computed(() => [...keys.jobs, 'one', toValue(id)]),
    queryFn: ({ signal }) => readJob(toValue(id) ?? '', signal),
    enabled: computed(() => Boolean(toValue(id))),
  })
}

export function useSuggestions(id: MaybeRefOrGetter<string | null | undefined>, limit = 5) {
  return useQuery({
    queryKey: computed(() => [...keys.jobs, 'suggestions', toValue(id), limit]),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/jobs/{id}/suggestions', { params: { path: { id: toValue(id) ?? '' }, query: { limit } }, signal })),
    enabled: computed(() => Boolean(toValue(id))),
  })
}

export interface JobPatch {
  id: string
  /** Of what repeats, how much of it; this one, if it is not said. */
  scope?: SeriesScope
  /** The version that was read: another's change in between answers 412. */
  version?: number
  patch: PatchJob
}

/** What would happen; changes nothing. */
export function tryJobPatch({ id, version, patch, scope }: JobPatch, signal?: AbortSignal): Promise<Job | JobOutcome> {
  return unwrap(api.PATCH('/jobs/{id}', {
    params: { path: { id }, query: { dry_run: true, ...(scope ? { scope } : {}) }, ...(version === undefined ? {} : { header: ifMatch(version) }) },
    body: patch,
    ...(signal ? { signal } : {}),
  }))
}

export function patchJob({ id, version, patch, scope }: JobPatch): Promise<Job | JobOutcome> {
  return unwrap(api.PATCH('/jobs/{id}', {
    params: { path: { id }, ...(scope ? { query: { scope } } : {}), ...(version === undefined ? {} : { header: ifMatch(version) }) },
    body: patch,
  }))
}

/** What a job's change makes old. */
export function useRefreshJobs() {
  const client = useQueryClient()
  return () => Promise.all([keys.jobs, keys.calendar, keys.approvals, keys.runs].map((queryKey) => client.invalidateQueries({ queryKey })))
}

/** What planning it would come to; plans nothing. */
export function tryCreateJob(body: CreateJob, signal?: AbortSignal): Promise<Job | JobOutcome> {
  return unwrap(api.POST('/jobs', { params: { query: { dry_run: true } }, body, ...(signal ? { signal } : {}) }))
}

export function useCreateJob() {
  return useMutation({
    mutationFn: (body: CreateJob): Promise<Job | JobOutcome> =>
      unwrap(api.POST('/jobs', { params: { header: idempotencyKey() }, body })),
    onSettled: useRefreshJobs(),
  })
}

export function usePatchJob() {
  return useMutation({ mutationFn: patchJob, onSettled: useRefreshJobs() })
}

export function useCancelJob() {
  return useMutation({
    mutationFn: ({ id, version, scope }: { id: string; version?: number; scope?: SeriesScope }): Promise<Job | JobOutcome> =>
      unwrap(api.DELETE('/jobs/{id}', { params: { path: { id }, ...(scope ? { query: { scope } } : {}), ...(version === undefined ? {} : { header: ifMatch(version) }) } })),
    onSettled: useRefreshJobs(),
  })
}

export function useFinishJob() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/jobs/{id}/done', { params: { path: { id } } })),
    onSettled: useRefreshJobs(),
  })
}

export function useLaunchJob() {
  return useMutation({
    mutationFn: ({ id, launch }: { id: string; launch?: Partial<Launch> }): Promise<Run | LaunchOutcome> =>
      unwrap(api.POST('/jobs/{id}/runs', {
        params: { path: { id }, header: idempotencyKey() },
        // The document calls every field required; the server takes any part of them.
        body: (launch ?? {}) as Launch,
      })),
    onSettled: useRefreshJobs(),
  })
}
