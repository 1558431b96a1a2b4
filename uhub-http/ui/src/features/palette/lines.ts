import { useQueries } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from '@/i18n'
import { readJob } from '@/api/queries/jobs'
import { keys } from '@/api/queries/keys'
import { useProjectMap } from '@/api/queries/projects'
import { useSession } from '@/api/session'
import type { Job } from '@/api/types'
import { initials, plainLine } from '@/ui/text'
import { useTime } from '@/ui/useTime'

/** A job as a line of the palette: what it is called, whose it is, and when; perhaps with more. */
export function useJobLine() {
  const { slot } = useTime()
  const projects = useProjectMap()
  return (job: Job, ...more: string[]) => {
    const project = projects.value.get(job.project_id)
    return {
      title: plainLine(job.title),
      group: 'jobs',
      hint: [plainLine(project?.name ?? ''), slot(job.planned_start, job.planned_end, job.all_day), ...more].filter(Boolean).join(' · '),
      color: project?.color,
      mark: initials(project?.name ?? ''),
    }
  }
}

/** The titles of the jobs that other things are about. */
export function useJobTitles(about: () => readonly { job_id: string }[]) {
  const jobs = useQueries({
    queries: computed(() => [...new Set(about().map(({ job_id }) => job_id))].map((id) => ({
      queryKey: [...keys.jobs, 'one', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id, signal),
    }))),
  })
  const titles = computed(() => new Map(jobs.value.flatMap(({ data }) => (data ? [[data.id, data.title] as const] : []))))
  return ({ job_id }: { job_id: string }) => plainLine(titles.value.get(job_id) ?? '…')
}

/** Why a line is greyed that is not for one's role. */
export function useNotAllowed() {
  const { t } = useI18n()
  const { me } = useSession()
  return () => t('palette.notAllowed', { role: t(`common.role.${me.value?.role ?? 'dev'}`) })
}
