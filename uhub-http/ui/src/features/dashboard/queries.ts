import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '@/api/client'
import { readSome } from '@/api/queries/all'
import { keys } from '@/api/queries/keys'

/** Of a busy hub the latest so many runs stand for the rest. */
const MOST_RUNS = 2000

/** The runs since then, the newest first. */
export function useRunsSince(from: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [...keys.runs, 'since', toValue(from)]),
    queryFn: ({ signal }) =>
      readSome(MOST_RUNS, (page) => unwrap(api.GET('/runs', { params: { query: { from: toValue(from), ...page } }, signal }))),
  })
}
