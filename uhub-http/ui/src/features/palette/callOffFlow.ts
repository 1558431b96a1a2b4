import { Ban, CalendarCog } from '@lucide/vue'
import { computed } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { useJobs } from '@/api/queries/jobs'
import type { Job } from '@/api/types'
import { offers } from '@/features/jobs/actions'
import { useCallOff } from '@/features/jobs/useCallOff'
import { plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import type { Item } from './item'
import { useJobLine, useNotAllowed } from './lines'
import { useDebounced, type Palette } from './screen'
import { useTwoSteps } from './twoSteps'

/** What still runs after its slot is found, too. */
const DAY = 86_400_000

/** Finds a job, asks once more, and calls it off. What repeats is asked about as it is on its own page. */
export function useCallOffFlow(palette: Palette) {
  const { query, close } = palette
  const { t } = useI18n()
  const router = useRouter()
  const toasts = useToasts()
  const line = useJobLine()
  const notAllowed = useNotAllowed()
  const { callOff, isPending } = useCallOff()
  const { since, isChoosing, choose, attempt, screenOf } = useTwoSteps<Job>(palette, 'callOff')
  const late = useDebounced(query)

  const jobs = useJobs(
    () => ({ from: new Date(since.value - DAY).toISOString(), limit: 100, ...(late.value.trim() === '' ? {} : { q: late.value.trim().slice(0, 200) }) }),
    isChoosing,
  )

  async function go(job: Job): Promise<void> {
    if (await callOff(job)) close()
  }

  function pick(job: Job): void {
    if (job.series_id === null) return choose(job)
    // The question takes the palette's place.
    close()
    callOff(job).catch(toasts.problem)
  }

  const found = computed<Item[]>(() => {
    const all = (jobs.data.value?.pages ?? []).flatMap((page) => page.items as Job[])
    return all.flatMap((job) => {
      const offer = offers(job).find(({ action }) => action === 'cancel')
      if (!offer) return []
      return {
        ...line(job, job.series_id === null ? '' : t('repeat.icon')),
        id: `callOff.${job.id}`,
        blocked: offer.decision.effect === 'deny' ? notAllowed() : null,
        stays: true,
        run: () => pick(job),
      }
    })
  })

  const confirm = (job: Job): Item[] => [
    { id: 'callOff.now', title: t('jobs.cancel.confirm'), group: 'confirm', icon: Ban, danger: true, stays: true, run: () => attempt(() => go(job)) },
    { id: 'callOff.open', title: t('palette.launch.open'), group: 'confirm', icon: CalendarCog, run: () => router.push({ name: 'job', params: { id: job.id } }) },
  ]

  return screenOf(() => ({
    title: t('palette.callOff.title'),
    name: ({ title }) => plainLine(title),
    choose: () => ({ placeholder: t('palette.launch.find'), items: found.value, loading: jobs.isFetching.value }),
    confirm: (job) => ({
      placeholder: t('palette.callOff.sure'),
      items: confirm(job),
      loading: isPending.value,
      note: job.status === 'running' ? { tone: 'info', text: t('jobs.cancel.running') } : null,
    }),
  }))
}
