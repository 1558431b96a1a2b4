import type { Problem } from '@/api/problem'
import type { Translate } from '@/i18n'

/** What people read of a problem: the rule's own words, and ours where the server has none or says it for programs. */
export function problemText(problem: Problem, t: Translate): string {
  if (problem.isOffline) return t('common.problem.offline')
  if (problem.isStale) return t('common.problem.stale')
  if (problem.retryAfter !== null) return `${problem.sentence} ${t('common.problem.wait', problem.retryAfter)}`
  return problem.sentence
}
