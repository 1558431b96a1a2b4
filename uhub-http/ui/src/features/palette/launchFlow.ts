import { CalendarCog, CirclePlay } from '@lucide/vue'
import { computed, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { asProblem } from '@/api/problem'
import { useJobs, useLaunchJob, waits } from '@/api/queries/jobs'
import { useProjectMap } from '@/api/queries/projects'
import { useSession } from '@/api/session'
import type { Job, Run } from '@/api/types'
import { initials, plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Note, Screen } from './item'
import { useDebounced, type Palette } from './screen'

const WEEK = 7 * 86_400_000

/** Finds a job, asks once more, launches it, and goes to its log. */
export function useLaunchFlow({ query, mode, close, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { me } = useSession()
  const { slot } = useTime()
  const toasts = useToasts()
  const projects = useProjectMap()
  const launch = useLaunchJob()
  const chosen = ref<Job | null>(null)
  const note = ref<Note | null>(null)
  const since = ref('')
  const late = useDebounced(query)

  watch(mode, (now) => {
    if (now !== 'launch') return
    since.value = new Date(Date.now() - WEEK).toISOString()
    chosen.value = null
    note.value = null
  })

  const isChoosing = computed(() => mode.value === 'launch' && chosen.value === null)
  const jobs = useJobs(
    () => (late.value.trim() === '' ? { from: since.value, limit: 40 } : { q: late.value.trim().slice(0, 200), limit: 40 }),
    isChoosing,
  )

  function blocked(job: Job): string | null {
    if (job.execution === null) return t('palette.launch.noExecution')
    if (job.status === 'queued' || job.status === 'running') return t(`common.jobStatus.${job.status}`)
    return job.can_launch.effect === 'deny' ? t('palette.notAllowed', { role: t(`common.role.${me.value?.role ?? 'dev'}`) }) : null
  }

  const found = computed<Item[]>(() => {
    const all = (jobs.data.value?.pages ?? []).flatMap((page) => page.items as Job[])
    const items = all.map((job) => {
      const project = projects.value.get(job.project_id)
      return {
        id: `launch.${job.id}`,
        title: plainLine(job.title),
        group: 'jobs',
        hint: [plainLine(project?.name ?? ''), slot(job.planned_start, job.planned_end, job.all_day)].filter(Boolean).join(' · '),
        color: project?.color,
        mark: initials(project?.name ?? ''),
        blocked: blocked(job),
        stays: true,
        run: () => {
          chosen.value = job
          query.value = ''
        },
      }
    })
    // What can be launched comes first; the rest is shown with its reason.
    return [...items.filter((item) => item.blocked === null), ...items.filter((item) => item.blocked !== null)]
  })

  async function run(job: Job): Promise<void> {
    const reason = query.value.trim()
    try {
      const answer = await launch.mutateAsync({ id: job.id, ...(reason ? { launch: { reason } } : {}) })
      close()
      if (waits(answer)) toasts.show({ tone: 'warning', text: t('palette.launch.waits', { title: plainLine(job.title) }) })
      else toasts.show({ tone: 'success', text: t('palette.launch.done', { title: plainLine(job.title) }) })
      const id = waits(answer) ? ('run' in answer ? answer.run.id : null) : (answer as Run).id
      await router.push(id && router.hasRoute('run') ? { name: 'run', params: { id } } : { name: 'job', params: { id: job.id } })
    } catch (error) {
      note.value = { tone: 'danger', text: asProblem(error).sentence }
    }
  }

  const confirm = computed<Item[]>(() => {
    const job = chosen.value
    if (!job) return []
    return [
      {
        id: 'launch.now',
        title: job.can_launch.effect === 'needs_approval' ? t('palette.launch.ask') : t('palette.launch.now'),
        hint: query.value.trim() ? t('palette.launch.withReason') : undefined,
        group: 'confirm', icon: CirclePlay, stays: true, run: () => run(job),
      },
      { id: 'launch.open', title: t('palette.launch.open'), group: 'confirm', icon: CalendarCog, run: () => router.push({ name: 'job', params: { id: job.id } }) },
    ]
  })

  return computed<Screen>(() => ({
    crumbs: [t('palette.launch.title'), ...(chosen.value ? [plainLine(chosen.value.title)] : [])],
    placeholder: chosen.value ? t('palette.launch.reason') : t('palette.launch.find'),
    items: chosen.value ? confirm.value : found.value,
    filters: false,
    loading: chosen.value ? launch.isPending.value : jobs.isFetching.value,
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
