import { useQueries } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { keys } from '@/api/queries/keys'
import { readJob } from '@/api/queries/jobs'
import type { Job } from '@/api/types'

/** More than these are too many for one picture; the rest is counted. */
const AT_MOST = 16

/** The job and all that hangs together with it by collisions. Who was in it once stays in the picture, so that a move can be seen. */
export function useColliding(id: Ref<string | null>) {
  const ids = ref<string[]>([])
  const left = ref(0)

  watch(id, (one) => {
    ids.value = one ? [one] : []
    left.value = 0
  }, { immediate: true })

  const queries = useQueries({
    queries: computed(() => ids.value.map((one) => ({
      queryKey: [...keys.jobs, 'one', one],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(one, signal),
    }))),
  })

  const jobs = computed<Job[]>(() => queries.value.flatMap((query) => (query.data ? [query.data] : [])))

  watch(jobs, (known) => {
    const named = known.flatMap((job) => job.conflicts.filter(({ kind }) => kind === 'job').map((conflict) => conflict.id))
    const all = [...new Set([...ids.value, ...named])]
    left.value = Math.max(0, all.length - AT_MOST)
    if (all.length > ids.value.length && ids.value.length < AT_MOST) ids.value = all.slice(0, AT_MOST)
  })

  /** The freeze windows that any of them lies in. */
  const freezes = computed(() => {
    const all = jobs.value.flatMap((job) => job.conflicts.filter(({ kind }) => kind === 'freeze'))
    return [...new Map(all.map((freeze) => [freeze.id, freeze])).values()]
  })

  return {
    jobs,
    freezes,
    left,
    isLoading: computed(() => queries.value.some((query) => query.isPending)),
    error: computed(() => queries.value.find((query) => query.error)?.error ?? null),
    retry: () => queries.value.forEach((query) => void query.refetch()),
  }
}
