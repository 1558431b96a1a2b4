import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useI18n } from '@/i18n'
import { patchJob, useRefreshJobs } from '@/api/queries/jobs'
import { waits } from '@/api/queries/jobs'
import type { Job, SeriesScope } from '@/api/types'
import { askScope } from '@/features/repeat/scope'
import { plainLine } from '@/ui/text'
import { useToasts } from '@/ui/toasts'
import { useTime } from '@/ui/useTime'
import type { Item, Slot } from './model'
import { begin, NO_MOVES, reconcile, revert, sameSlot, settle, type Moves } from './moves'
import { slotPatch, verdictOf, verdictOfError, type Verdict } from './verdict'

export type MoveResult = Verdict | { kind: 'same' } | { kind: 'busy' }

/** Moves jobs: at once on the screen, then at the hub, and back where the hub does not agree. */
export function useMoves(feed: MaybeRefOrGetter<readonly Item[]>) {
  const { t } = useI18n()
  const toasts = useToasts()
  const time = useTime()
  const refresh = useRefreshJobs()
  const moves = shallowRef<Moves>(NO_MOVES)

  const stop = watch(() => toValue(feed), (items) => (moves.value = reconcile(moves.value, items)))
  onScopeDispose(stop)

  async function move(item: Item, slot: Slot, { isUndo = false } = {}): Promise<MoveResult> {
    const before: Slot = { start: item.start, end: item.end, allDay: item.allDay }
    if (sameSlot(before, slot)) return { kind: 'same' }
    const begun = begin(moves.value, item, slot)
    if (begun === null) return { kind: 'busy' }
    moves.value = begun
    // Shown where it was dropped while it is asked; an undo means what was meant before.
    const scope = item.seriesId === null || isUndo ? 'this' : await askScope('move', item.title)
    if (scope === null) {
      moves.value = revert(moves.value, item.id)
      return { kind: 'same' }
    }
    if (scope !== 'this') return moveSeries(item, slot, scope)
    try {
      const answer = await patchJob({ id: item.id, version: item.version, patch: slotPatch(slot) })
      const verdict = verdictOf(answer)
      if (waits(answer)) {
        await refresh()
        moves.value = revert(moves.value, item.id)
      } else {
        const job = answer as Job
        moves.value = settle(moves.value, item.id, slot, job.version)
        void refresh()
      }
      tell(item, before, slot, verdict, isUndo, waits(answer) ? null : (answer as Job).version)
      return verdict
    } catch (error) {
      const verdict = verdictOfError(error)
      moves.value = revert(moves.value, item.id)
      void refresh()
      if (verdict.kind === 'stale') toasts.show({ tone: 'warning', title: plainLine(item.title), text: t('calendar.move.stale'), duration: 10_000 })
      else toasts.problem(error, t('calendar.move.refused', { title: plainLine(item.title) }))
      return verdict
    }
  }

  /** The others go along: where all of them are by then is the feed's to tell. Moving them back is the same way round. */
  async function moveSeries(item: Item, slot: Slot, scope: SeriesScope, { isUndo = false } = {}): Promise<MoveResult> {
    const before: Slot = { start: item.start, end: item.end, allDay: item.allDay }
    try {
      const answer = await patchJob({ id: item.id, version: item.version, patch: slotPatch(slot), scope })
      await refresh()
      if (waits(answer)) toasts.show({ tone: 'warning', title: t('calendar.move.waiting'), text: plainLine(item.title), duration: 9000 })
      else {
        const moved = { ...item, ...slot, version: (answer as Job).version }
        const undo = { label: t('common.action.undo'), run: () => void moveSeries(moved, before, scope, { isUndo: true }) }
        toasts.show({
          tone: 'success',
          title: isUndo ? t('calendar.move.undone') : t('calendar.move.done'),
          text: t('repeat.scope.done'),
          ...(isUndo ? {} : { action: undo }),
        })
      }
      return verdictOf(answer)
    } catch (error) {
      toasts.problem(error, t('calendar.move.refused', { title: plainLine(item.title) }))
      void refresh()
      return verdictOfError(error)
    } finally {
      moves.value = revert(moves.value, item.id)
    }
  }

  function tell(item: Item, before: Slot, slot: Slot, verdict: Verdict, isUndo: boolean, version: number | null): void {
    const title = plainLine(item.title)
    const to = time.slot(new Date(slot.start), new Date(slot.end), slot.allDay)
    if (verdict.kind === 'approval') {
      toasts.show({ tone: 'warning', title: t('calendar.move.waiting'), text: t('calendar.move.waitingText', { title, slot: to }), duration: 9000 })
      return
    }
    const collides = verdict.kind === 'conflicts' ? verdict.with : []
    const action = isUndo || version === null
      ? undefined
      : {
          label: t('common.action.undo'),
          run: () => void move({ ...item, ...slot, version }, before, { isUndo: true }),
        }
    toasts.show({
      tone: collides.length > 0 ? 'warning' : 'success',
      title: isUndo ? t('calendar.move.undone') : t('calendar.move.done'),
      text: [
        t('calendar.move.to', { title, slot: to }),
        ...(collides.length > 0 ? [t('calendar.conflict.with', { titles: collides.map((one) => plainLine(one.title)).join(', ') })] : []),
      ].join(' '),
      ...(action ? { action } : {}),
    })
  }

  return { moves, move }
}
