import { CalendarCog, CirclePlay } from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { useJobs, useLaunchJob, waits } from '@/api/queries/jobs'
import type { Job, Run } from '@/api/types'
import { plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import type { Item } from './item'
import { useJobLine, useNotAllowed } from './lines'
import { useDebounced, type Palette } from './screen'
import { useTwoSteps } from './twoSteps'

const WEEK = 7 * 86_400_000

/** Finds a job, asks once more, launches it, and goes to its log. */
export function useLaunchFlow(palette: Palette) {
  const { query, close } = palette
  const { t } = useI18n()
  const router = useRouter()
  const toasts = useToasts()
  const line = useJobLine()
  const notAllowed = useNotAllowed()
  const launch = useLaunchJob()
  const { since, isChoosing, choose, attempt, screenOf } = useTwoSteps<Job>(palette, 'launch')
  const late = useDebounced(query)

  const jobs = useJobs(
    () => (late.value.trim() === '' ? { from: new Date(since.value - WEEK).toISOString(), limit: 40 } : { q: late.value.trim().slice(0, 200), limit: 40 }),
    isChoosing,
  )

  function blocked(job: Job): string | null {
    if (job.execution === null) return t('palette.launch.noExecution')
    if (job.status === 'queued' || job.status === 'running') return t(`common.jobStatus.${job.status}`)
    return job.can_launch.effect === 'deny' ? notAllowed() : null
  }

  const found = computed<Item[]>(() => {
    const all = (jobs.data.value?.pages ?? []).flatMap((page) => page.items as Job[])
    const items = all.map((job) => ({ ...line(job), id: `launch.${job.id}`, blocked: blocked(job), stays: true, run: () => choose(job) }))
    // What can be launched comes first; the rest is shown with its reason.
    return [...items.filter((item) => item.blocked === null), ...items.filter((item) => item.blocked !== null)]
  })

  async function go(job: Job): Promise<void> {
    const reason = query.value.trim()
    const answer = await launch.mutateAsync({ id: job.id, ...(reason ? { launch: { reason } } : {}) })
    close()
    if (waits(answer)) toasts.show({ tone: 'warning', text: t('palette.launch.waits', { title: plainLine(job.title) }) })
    else toasts.show({ tone: 'success', text: t('palette.launch.done', { title: plainLine(job.title) }) })
    const id = waits(answer) ? ('run' in answer ? answer.run.id : null) : (answer as Run).id
    await router.push(id && router.hasRoute('run') ? { name: 'run', params: { id } } : { name: 'job', params: { id: job.id } })
  }

  const confirm = (job: Job): Item[] => [
    {
      id: 'launch.now',
      title: job.can_launch.effect === 'needs_approval' ? t('palette.launch.ask') : t('palette.launch.now'),
      hint: query.value.trim() ? t('palette.launch.withReason') : undefined,
      group: 'confirm', icon: CirclePlay, stays: true, run: () => attempt(() => go(job)),
    },
    { id: 'launch.open', title: t('palette.launch.open'), group: 'confirm', icon: CalendarCog, run: () => router.push({ name: 'job', params: { id: job.id } }) },
  ]

  return screenOf(() => ({
    title: t('palette.launch.title'),
    name: ({ title }) => plainLine(title),
    choose: () => ({ placeholder: t('palette.launch.find'), items: found.value, loading: jobs.isFetching.value }),
    confirm: (job) => ({ placeholder: t('palette.launch.reason'), items: confirm(job), loading: launch.isPending.value }),
  }))
}
