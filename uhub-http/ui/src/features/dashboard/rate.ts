import type { Run } from '@/api/types'
import { addDays, toLocal } from '@/ui/time'

export interface DayCount {
  /** `YYYY-MM-DD` */
  date: string
  ok: number
  failed: number
}

export interface Rate {
  /** Runs that came to an end by themselves: who cancels one says nothing of its success. */
  ended: number
  ok: number
  /** 0 to 1; `null` where nothing ended. */
  share: number | null
  days: DayCount[]
}

/** How runs went, in all and by day of their end, the days up to today. */
export function successRate(runs: readonly Pick<Run, 'status' | 'ended_at'>[], today: string, count: number, zone: string): Rate {
  const days = Array.from({ length: count }, (_, index) => ({ date: addDays(today, index - count + 1), ok: 0, failed: 0 }))
  const byDate = new Map(days.map((day) => [day.date, day]))
  for (const { status, ended_at } of runs) {
    if (ended_at === null || status === 'cancelled') continue
    const day = byDate.get(toLocal(ended_at, zone).date)
    if (!day) continue
    if (status === 'succeeded') day.ok += 1
    else day.failed += 1
  }
  const ok = days.reduce((sum, day) => sum + day.ok, 0)
  const ended = days.reduce((sum, day) => sum + day.ok + day.failed, 0)
  return { ended, ok, share: ended === 0 ? null : ok / ended, days }
}
