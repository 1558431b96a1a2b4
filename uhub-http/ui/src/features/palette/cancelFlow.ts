import { CircleStop, ScrollText } from '@lucide/vue'
import { useQueries } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { asProblem } from '@/api/problem'
import { readJob } from '@/api/queries/jobs'
import { keys } from '@/api/queries/keys'
import { useCancelRun, useRuns } from '@/api/queries/runs'
import type { Job, Run } from '@/api/types'
import { plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Note, Screen } from './item'
import type { Palette } from './screen'

/** Stops a run that waits or works. Whether the caller may is for the hub to say. */
export function useCancelFlow({ query, mode, close, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { relative } = useTime()
  const toasts = useToasts()
  const cancel = useCancelRun()
  const chosen = ref<Run | null>(null)
  const note = ref<Note | null>(null)

  watch(mode, (now) => {
    if (now !== 'cancel') return
    chosen.value = null
    note.value = null
  })

  const isOpen = computed(() => mode.value === 'cancel')
  const running = useRuns({ status: 'running', limit: 50 }, isOpen)
  const queued = useRuns({ status: 'queued', limit: 50 }, isOpen)
  const runs = computed(() => [running, queued].flatMap((query) => (query.data.value?.pages ?? []).flatMap((page) => page.items as Run[])))
  const jobs = useQueries({
    queries: computed(() => [...new Set(runs.value.map(({ job_id }) => job_id))].map((id) => ({
      queryKey: [...keys.jobs, 'one', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id, signal),
    }))),
  })
  const jobById = computed(() => new Map(jobs.value.flatMap(({ data }) => (data ? [[data.id, data] as [string, Job]] : []))))
  const titleOf = (run: Run) => plainLine(jobById.value.get(run.job_id)?.title ?? '…')

  const list = computed<Item[]>(() => runs.value.map((run) => ({
    id: `run.${run.id}`,
    title: titleOf(run),
    group: 'runs',
    icon: CircleStop,
    hint: [t(`common.runStatus.${run.status}`), relative(run.created_at)].join(' · '),
    stays: true,
    run: () => {
      chosen.value = run
      query.value = ''
    },
  })))

  async function stop(run: Run): Promise<void> {
    try {
      await cancel.mutateAsync(run.id)
      close()
      toasts.show({ tone: 'success', text: t('palette.cancel.done', { title: titleOf(run) }) })
    } catch (error) {
      note.value = { tone: 'danger', text: asProblem(error).sentence }
    }
  }

  const choices = computed<Item[]>(() => {
    const run = chosen.value
    if (!run) return []
    return [
      { id: 'run.stop', title: t('palette.cancel.yes'), group: 'confirm', icon: CircleStop, danger: true, stays: true, run: () => stop(run) },
      {
        id: 'run.see', title: t('palette.cancel.see'), group: 'confirm', icon: ScrollText,
        run: () => router.push(router.hasRoute('run') ? { name: 'run', params: { id: run.id } } : { name: 'job', params: { id: run.job_id } }),
      },
    ]
  })

  return computed<Screen>(() => ({
    crumbs: [t('palette.cancel.title'), ...(chosen.value ? [titleOf(chosen.value)] : [])],
    placeholder: chosen.value ? t('palette.cancel.sure') : t('palette.cancel.find'),
    items: chosen.value ? choices.value : list.value,
    filters: chosen.value === null,
    loading: running.isPending.value || cancel.isPending.value,
    note: note.value,
    back: () => {
      note.value = null
      if (chosen.value) chosen.value = null
      else enter('root')
      query.value = ''
      return true
    },
  }))
}
