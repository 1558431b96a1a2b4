import { CircleStop, ScrollText } from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { useCancelRun, useRuns } from '@/api/queries/runs'
import type { Run } from '@/api/types'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item } from './item'
import { useJobTitles } from './lines'
import type { Palette } from './screen'
import { useTwoSteps } from './twoSteps'

/** Stops a run that waits or works. Whether the caller may is for the hub to say. */
export function useCancelFlow(palette: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { relative } = useTime()
  const toasts = useToasts()
  const cancel = useCancelRun()
  const { isOpen, choose, attempt, screenOf } = useTwoSteps<Run>(palette, 'cancel')

  const running = useRuns({ status: 'running', limit: 50 }, isOpen)
  const queued = useRuns({ status: 'queued', limit: 50 }, isOpen)
  const runs = computed(() => [running, queued].flatMap((query) => (query.data.value?.pages ?? []).flatMap((page) => page.items as Run[])))
  const titleOf = useJobTitles(() => runs.value)

  const list = computed<Item[]>(() => runs.value.map((run) => ({
    id: `run.${run.id}`,
    title: titleOf(run),
    group: 'runs',
    icon: CircleStop,
    hint: [t(`common.runStatus.${run.status}`), relative(run.created_at)].join(' · '),
    stays: true,
    run: () => choose(run),
  })))

  async function stop(run: Run): Promise<void> {
    await cancel.mutateAsync(run.id)
    palette.close()
    toasts.show({ tone: 'success', text: t('palette.cancel.done', { title: titleOf(run) }) })
  }

  const confirm = (run: Run): Item[] => [
    { id: 'run.stop', title: t('palette.cancel.yes'), group: 'confirm', icon: CircleStop, danger: true, stays: true, run: () => attempt(() => stop(run)) },
    {
      id: 'run.see', title: t('palette.cancel.see'), group: 'confirm', icon: ScrollText,
      run: () => router.push(router.hasRoute('run') ? { name: 'run', params: { id: run.id } } : { name: 'job', params: { id: run.job_id } }),
    },
  ]

  return screenOf(() => ({
    title: t('palette.cancel.title'),
    name: titleOf,
    choose: () => ({ placeholder: t('palette.cancel.find'), items: list.value, filters: true, loading: running.isPending.value }),
    confirm: (run) => ({ placeholder: t('palette.cancel.sure'), items: confirm(run), loading: cancel.isPending.value }),
  }))
}
