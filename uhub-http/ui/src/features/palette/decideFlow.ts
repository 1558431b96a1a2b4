import { ExternalLink, ShieldCheck, ShieldX } from '@lucide/vue'
import { computed, watch } from 'vue'
import { useI18n } from '@/i18n'
import { useRouter } from 'vue-router'
import { useApprovals, useApprove, useReject } from '@/api/queries/approvals'
import { useProjectMap } from '@/api/queries/projects'
import { useUserMap } from '@/api/queries/users'
import { useSession } from '@/api/session'
import type { Approval } from '@/api/types'
import { initials, plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Note } from './item'
import { useJobTitles, useNotAllowed } from './lines'
import type { Palette } from './screen'
import { useTwoSteps } from './twoSteps'

/** Approves or rejects what waits, with a comment. */
export function useDecideFlow(palette: Palette) {
  const { query, close } = palette
  const { t } = useI18n()
  const router = useRouter()
  const { me } = useSession()
  const { relative, slot } = useTime()
  const toasts = useToasts()
  const projects = useProjectMap()
  const notAllowed = useNotAllowed()
  const users = useUserMap()
  const approve = useApprove()
  const reject = useReject()
  const { note, isOpen, choose, attempt, screenOf } = useTwoSteps<Approval>(palette, 'approve')
  watch(query, () => (note.value = null))

  const pending = useApprovals({ state: 'pending', limit: 50 }, isOpen)
  const approvals = computed(() => (pending.data.value?.pages ?? []).flatMap((page) => page.items as Approval[]))
  const titleOf = useJobTitles(() => approvals.value)

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
        ? notAllowed()
        : approval.requested_by === me.value.id ? t('palette.approve.own') : null,
      stays: true,
      run: () => choose(approval),
    }
  }))

  async function decide(approval: Approval, isYes: boolean): Promise<void> {
    const comment = query.value.trim()
    if (isYes) await approve.mutateAsync({ id: approval.id, ...(comment ? { comment } : {}) })
    else await reject.mutateAsync({ id: approval.id, comment })
    close()
    toasts.show({ tone: isYes ? 'success' : 'neutral', text: t(isYes ? 'palette.approve.approved' : 'palette.approve.rejected', { title: titleOf(approval) }) })
  }

  function confirm(one: Approval): Item[] {
    const typed = query.value.trim()
    const hint = typed ? t('palette.approve.withComment') : undefined
    return [
      { id: 'approval.yes', title: t('palette.approve.yes'), hint, group: 'confirm', icon: ShieldCheck, stays: true, run: () => attempt(() => decide(one, true)) },
      {
        id: 'approval.no', title: t('palette.approve.no'), hint, group: 'confirm', icon: ShieldX, danger: true, stays: true,
        blocked: typed ? null : t('palette.approve.commentFirst'), run: () => attempt(() => decide(one, false)),
      },
      { id: 'approval.see', title: t('palette.approve.see'), group: 'confirm', icon: ExternalLink, run: () => router.push({ name: 'approvals', query: { id: one.id } }) },
    ]
  }

  /** Where it would go, if it is a move. */
  function what({ change }: Approval): Note | null {
    if (!change?.planned_start || !change.planned_end) return null
    return { tone: 'info', text: t('palette.approve.moveTo', { slot: slot(change.planned_start, change.planned_end, change.all_day) }) }
  }

  const isPending = computed(() => pending.isPending.value || approve.isPending.value || reject.isPending.value)
  return screenOf(() => ({
    title: t('palette.approve.title'),
    name: titleOf,
    choose: () => ({ placeholder: t('palette.approve.find'), items: list.value, filters: true, loading: isPending.value }),
    confirm: (one) => ({ placeholder: t('palette.approve.comment'), items: confirm(one), loading: isPending.value, note: what(one) }),
  }))
}
