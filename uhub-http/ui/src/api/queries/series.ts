import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import { keys } from './keys'

/** What a job is an occurrence of. Changes of its jobs tell that it may have changed. */
export function useSeries(id: MaybeRefOrGetter<string | null | undefined>) {
  return useQuery({
    queryKey: computed(() => [...keys.jobs, 'series', toValue(id)]),
    queryFn: ({ signal }) => unwrap(api.GET('/series/{id}', { params: { path: { id: toValue(id) ?? '' } }, signal })),
    enabled: computed(() => Boolean(toValue(id))),
  })
}
