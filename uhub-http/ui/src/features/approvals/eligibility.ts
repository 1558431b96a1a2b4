import type { Approval } from '@/api/types'

export type Obstacle = 'role' | 'requester' | 'closed'

/**
 * Why the caller is not offered to decide, as far as it is known here. That who last edited an execution may not approve it
 * only the hub knows: it then says so.
 */
export function obstacle(approval: Approval, me: string | undefined, mayApprove: boolean): Obstacle | null {
  if (approval.state !== 'pending') return 'closed'
  if (approval.requested_by === me) return 'requester'
  return mayApprove ? null : 'role'
}

export interface Inbox {
  mine: Approval[]
  asked: Approval[]
  others: Approval[]
  decided: Approval[]
}

/** What waits for me, what I wait for, what waits for others, and what is over. */
export function sortInbox(approvals: readonly Approval[], me: string | undefined, mayApprove: boolean): Inbox {
  const inbox: Inbox = { mine: [], asked: [], others: [], decided: [] }
  for (const approval of approvals) {
    const why = obstacle(approval, me, mayApprove)
    if (why === 'closed') inbox.decided.push(approval)
    else if (why === 'requester') inbox.asked.push(approval)
    else (why === null ? inbox.mine : inbox.others).push(approval)
  }
  return inbox
}
