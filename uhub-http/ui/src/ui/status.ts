import {
  Ban, CalendarClock, CircleCheck, CircleDashed, CircleDot, CirclePlay, CircleX, Clock, Hourglass, ShieldCheck, ShieldQuestionMark,
  TimerOff, Unplug,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { ApprovalState, JobStatus, RunStatus } from '@/api/types'

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger' | 'info'

/** How a state is shown: never by its colour alone. */
export interface Look {
  tone: Tone
  icon: Component
}

export const JOB_LOOK: Record<JobStatus, Look> = {
  planned: { tone: 'neutral', icon: CalendarClock },
  awaiting_approval: { tone: 'warning', icon: ShieldQuestionMark },
  approved: { tone: 'accent', icon: ShieldCheck },
  queued: { tone: 'info', icon: Hourglass },
  running: { tone: 'info', icon: CirclePlay },
  succeeded: { tone: 'success', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
  cancelled: { tone: 'neutral', icon: Ban },
  missed: { tone: 'warning', icon: TimerOff },
}

export const RUN_LOOK: Record<RunStatus, Look> = {
  queued: { tone: 'info', icon: Hourglass },
  running: { tone: 'info', icon: CirclePlay },
  succeeded: { tone: 'success', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
  timed_out: { tone: 'danger', icon: TimerOff },
  cancelled: { tone: 'neutral', icon: Ban },
  lost: { tone: 'danger', icon: Unplug },
}

export const APPROVAL_LOOK: Record<ApprovalState, Look> = {
  pending: { tone: 'warning', icon: Clock },
  approved: { tone: 'success', icon: ShieldCheck },
  rejected: { tone: 'danger', icon: CircleX },
  void: { tone: 'neutral', icon: CircleDashed },
  expired: { tone: 'neutral', icon: TimerOff },
  consumed: { tone: 'accent', icon: CircleDot },
}
