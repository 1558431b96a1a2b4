import { Ban, CalendarCog } from '@lucide/vue'
import { computed, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { asProblem } from '@/api/problem'
import { useJobs } from '@/api/queries/jobs'
import { useProjectMap } from '@/api/queries/projects'
import { useSession } from '@/api/session'
import type { Job } from '@/api/types'
import { offers } from '@/features/jobs/actions'
import { useCallOff } from '@/features/jobs/useCallOff'
import { initials, plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Note, Screen } from './item'
import { useDebounced, type Palette } from './screen'

/** What still runs after its slot is found, too. */
const DAY = 86_400_000

/** Finds a job, asks once more, and calls it off. What repeats is asked about as it is on its own page. */
export function useCallOffFlow({ query, mode, close, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { me } = useSession()
  const { slot } = useTime()
  const toasts = useToasts()
  const projects = useProjectMap()
  const { callOff, isPending } = useCallOff()
  const chosen = ref<Job | null>(null)
  const note = ref<Note | null>(null)
  const since = ref('')
  const late = useDebounced(query)

  watch(mode, (now) => {
    if (now !== 'callOff') return
    since.value = new Date(Date.now() - DAY).toISOString()
    chosen.value = null
    note.value = null
  })

  const isChoosing = computed(() => mode.value === 'callOff' && chosen.value === null)
  const jobs = useJobs(
    () => ({ from: since.value, limit: 100, ...(late.value.trim() === '' ? {} : { q: late.value.trim().slice(0, 200) }) }),
    isChoosing,
  )

  async function go(job: Job): Promise<void> {
    try {
      if (await callOff(job)) close()
    } catch (error) {
      note.value = { tone: 'danger', text: asProblem(error).sentence }
    }
  }

  function choose(job: Job): void {
    if (job.series_id === null) {
      chosen.value = job
      query.value = ''
      return
    }
    // The question takes the palette's place.
    close()
    callOff(job).catch(toasts.problem)
  }

  const found = computed<Item[]>(() => {
    const all = (jobs.data.value?.pages ?? []).flatMap((page) => page.items as Job[])
    return all.flatMap((job) => {
      const offer = offers(job).find(({ action }) => action === 'cancel')
      if (!offer) return []
      const project = projects.value.get(job.project_id)
      return {
        id: `callOff.${job.id}`,
        title: plainLine(job.title),
        group: 'jobs',
        hint: [plainLine(project?.name ?? ''), slot(job.planned_start, job.planned_end, job.all_day), job.series_id === null ? '' : t('repeat.icon')].filter(Boolean).join(' · '),
        color: project?.color,
        mark: initials(project?.name ?? ''),
        blocked: offer.decision.effect === 'deny' ? t('palette.notAllowed', { role: t(`common.role.${me.value?.role ?? 'dev'}`) }) : null,
        stays: true,
        run: () => choose(job),
      }
    })
  })

  const confirm = computed<Item[]>(() => {
    const job = chosen.value
    if (!job) return []
    return [
      { id: 'callOff.now', title: t('jobs.cancel.confirm'), group: 'confirm', icon: Ban, danger: true, stays: true, run: () => go(job) },
      { id: 'callOff.open', title: t('palette.launch.open'), group: 'confirm', icon: CalendarCog, run: () => router.push({ name: 'job', params: { id: job.id } }) },
    ]
  })

  return computed<Screen>(() => ({
    crumbs: [t('palette.callOff.title'), ...(chosen.value ? [plainLine(chosen.value.title)] : [])],
    placeholder: chosen.value ? t('palette.callOff.sure') : t('palette.launch.find'),
    items: chosen.value ? confirm.value : found.value,
    filters: false,
    loading: chosen.value ? isPending.value : jobs.isFetching.value,
    note: note.value ?? (chosen.value?.status === 'running' ? { tone: 'info', text: t('jobs.cancel.running') } : null),
    back: () => {
      note.value = null
      if (chosen.value) chosen.value = null
      else enter('root')
      query.value = ''
      return true
    },
  }))
}
