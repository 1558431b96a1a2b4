import { ExternalLink, ShieldCheck, ShieldX } from '@lucide/vue'
import { useQueries } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { asProblem } from '@/api/problem'
import { useApprovals, useApprove, useReject } from '@/api/queries/approvals'
import { readJob } from '@/api/queries/jobs'
import { keys } from '@/api/queries/keys'
import { useProjectMap } from '@/api/queries/projects'
import { useUserMap } from '@/api/queries/users'
import { useSession } from '@/api/session'
import type { Approval, Job } from '@/api/types'
import { initials, plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Note, Screen } from './item'
import type { Palette } from './screen'

/** Approves or rejects what waits, with a comment. */
export function useDecideFlow({ query, mode, close, enter }: Palette) {
  const { t } = useI18n()
  const router = useRouter()
  const { me } = useSession()
  const { relative, slot } = useTime()
  const toasts = useToasts()
  const projects = useProjectMap()
  const users = useUserMap()
  const approve = useApprove()
  const reject = useReject()
  const chosen = ref<Approval | null>(null)
  const note = ref<Note | null>(null)

  watch(mode, (now) => {
    if (now !== 'approve') return
    chosen.value = null
    note.value = null
  })
  watch(query, () => (note.value = null))

  const pending = useApprovals({ state: 'pending', limit: 50 }, () => mode.value === 'approve')
  const approvals = computed(() => (pending.data.value?.pages ?? []).flatMap((page) => page.items as Approval[]))
  const jobs = useQueries({
    queries: computed(() => [...new Set(approvals.value.map(({ job_id }) => job_id))].map((id) => ({
      queryKey: [...keys.jobs, 'one', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id, signal),
    }))),
  })
  const jobById = computed(() => new Map(jobs.value.flatMap(({ data }) => (data ? [[data.id, data] as [string, Job]] : []))))
  const titleOf = (approval: Approval) => plainLine(jobById.value.get(approval.job_id)?.title ?? '…')

  const list = computed<Item[]>(() => approvals.value.map((approval) => {
    const project = projects.value.get(approval.project_id)
    const who = plainLine(users.value.get(approval.requested_by)?.display_name ?? t('common.unknownUser'))
    return {
      id: `approval.${approval.id}`,
      title: titleOf(approval),
      group: 'approvals',
      hint: [t(`common.approvalKind.${approval.kind}`), who, relative(approval.requested_at)].join(' · '),
      keywords: [project?.name ?? '', who],
      color: project?.color,
      mark: initials(project?.name ?? ''),
      blocked: me.value?.permissions['approve'] !== 'allow'
        ? t('palette.notAllowed', { role: t(`common.role.${me.value?.role ?? 'dev'}`) })
        : approval.requested_by === me.value.id ? t('palette.approve.own') : null,
      stays: true,
      run: () => {
        chosen.value = approval
        query.value = ''
      },
    }
  }))

  async function decide(approval: Approval, isYes: boolean): Promise<void> {
    const comment = query.value.trim()
    try {
      if (isYes) await approve.mutateAsync({ id: approval.id, ...(comment ? { comment } : {}) })
      else await reject.mutateAsync({ id: approval.id, comment })
      close()
      toasts.show({ tone: isYes ? 'success' : 'neutral', text: t(isYes ? 'palette.approve.approved' : 'palette.approve.rejected', { title: titleOf(approval) }) })
    } catch (error) {
      note.value = { tone: 'danger', text: asProblem(error).sentence }
    }
  }

  const choices = computed<Item[]>(() => {
    const one = chosen.value
    if (!one) return []
    const typed = query.value.trim()
    const hint = typed ? t('palette.approve.withComment') : undefined
    return [
      { id: 'approval.yes', title: t('palette.approve.yes'), hint, group: 'confirm', icon: ShieldCheck, stays: true, run: () => decide(one, true) },
      {
        id: 'approval.no', title: t('palette.approve.no'), hint, group: 'confirm', icon: ShieldX, danger: true, stays: true,
        blocked: typed ? null : t('palette.approve.commentFirst'), run: () => decide(one, false),
      },
      { id: 'approval.see', title: t('palette.approve.see'), group: 'confirm', icon: ExternalLink, run: () => router.push({ name: 'approvals', query: { id: one.id } }) },
    ]
  })

  /** Where it would go, if it is a move. */
  const what = computed<Note | null>(() => {
    const change = chosen.value?.change
    if (!change?.planned_start || !change.planned_end) return null
    return { tone: 'info', text: t('palette.approve.moveTo', { slot: slot(change.planned_start, change.planned_end, change.all_day) }) }
  })

  return computed<Screen>(() => ({
    crumbs: [t('palette.approve.title'), ...(chosen.value ? [titleOf(chosen.value)] : [])],
    placeholder: chosen.value ? t('palette.approve.comment') : t('palette.approve.find'),
    items: chosen.value ? choices.value : list.value,
    filters: chosen.value === null,
    loading: pending.isPending.value || approve.isPending.value || reject.isPending.value,
    note: note.value ?? what.value,
    back: () => {
      if (chosen.value) chosen.value = null
      else enter('root')
      query.value = ''
      return true
    },
  }))
}
