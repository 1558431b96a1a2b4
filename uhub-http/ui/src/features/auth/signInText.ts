import { asProblem } from '@/api/problem'
import type { Translate } from '@/i18n'
import { problemText } from '@/ui/problemText'

/** Why somebody is not let in. The token endpoint's words are for programs and in ASCII: the usual one is said here. */
export function signInText(error: unknown, t: Translate): string {
  const problem = asProblem(error)
  return problem.kind === 'invalid_grant' ? t('auth.signIn.wrong') : problemText(problem, t)
}
