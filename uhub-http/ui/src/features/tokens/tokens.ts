import { SCOPES, type ApiToken, type Scope, type User } from '@/api/types'

export type TokenState = 'good' | 'revoked' | 'over'

/** Whether a token is worth anything at `now`. */
export function stateOf({ revoked_at, expires_at }: Pick<ApiToken, 'revoked_at' | 'expires_at'>, now: Date): TokenState {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && new Date(expires_at) <= now ? 'over' : 'good'
}

/** What a token of this user can be good for: a service account approves nothing. */
export function scopesFor(user: Pick<User, 'kind'>): Scope[] {
  return SCOPES.filter((scope) => user.kind === 'person' || scope !== 'approve')
}

/** After how many days tokens may end; 0 is never. */
export const LIVES = [30, 90, 365, 0] as const
export type Life = (typeof LIVES)[number]

/** When a token made at `now` ends. */
export function endOf(life: Life, now: Date): string | null {
  return life === 0 ? null : new Date(now.getTime() + life * 86_400_000).toISOString()
}

/** Those that are worth something first; else the order stays. */
export function byState(tokens: readonly ApiToken[], now: Date): ApiToken[] {
  const rank = (token: ApiToken) => (stateOf(token, now) === 'good' ? 0 : 1)
  return [...tokens].sort((a, b) => rank(a) - rank(b))
}
