import { useI18n } from '@/i18n'
import { useCancelJob, waits } from '@/api/queries/jobs'
import type { Job } from '@/api/types'
import { askScope } from '@/features/repeat/scope'
import { useToasts } from '@/ui/toasts'

/** Calls a job off and says so; of one that repeats, it is asked first how much is meant. */
export function useCallOff() {
  const { t } = useI18n()
  const toasts = useToasts()
  const { mutateAsync, isPending, error, reset } = useCancelJob()

  /** @returns `false` where it was thought better of; throws what the hub says against it */
  async function callOff({ id, version, title, series_id }: Pick<Job, 'id' | 'version' | 'title' | 'series_id'>): Promise<boolean> {
    const scope = series_id === null ? 'this' : await askScope('cancel', title)
    if (scope === null) return false
    const answer = await mutateAsync({ id, version, scope })
    toasts.show(waits(answer)
      ? { tone: 'warning', title: t('jobs.launch.waitsTitle'), text: t('jobs.cancel.waits') }
      : { tone: 'success', text: t(scope === 'this' ? 'jobs.cancel.done' : 'repeat.scope.cancelled') })
    return true
  }

  return { callOff, isPending, error, reset }
}
