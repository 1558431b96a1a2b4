import { computed, readonly, ref, shallowRef } from 'vue'
import { url } from './base'
import { fetchOrTake } from './early'
import { asProblem, problemFrom } from './problem'
import { stored, type Trace } from './trace'
import type { components } from './schema'

export type Me = components['schemas']['Me']
export type Effect = components['schemas']['Effect']
export type Role = components['schemas']['Role']
type TokenAnswer = components['schemas']['TokenAnswer']

/** `expired`: somebody was signed in, and must give the password again; the page stays as it is. */
export type SessionState = 'unknown' | 'signed-out' | 'signed-in' | 'expired'

/** Renewed so long before its end, so that no request meets it. */
const EARLY_MS = 20_000

type Fetch = typeof fetch

/**
 * Who is signed in. The access token lives in this closure and nowhere else: no storage that a script could read later. What
 * survives a reload is the server's HttpOnly cookie, good for nothing but a new token.
 */
export function createSession(
  send: Fetch = (input, init) => fetch(input, init),
  { trace = stored, now = Date.now }: { trace?: Trace; now?: () => number } = {},
) {
  const state = ref<SessionState>('unknown')
  const me = shallowRef<Me | null>(null)
  let token: string | null = null
  let endsAt = 0
  let renewing: Promise<boolean> | null = null
  let restoring: Promise<void> | null = null
  let waiting: ((isSignedIn: boolean) => void)[] = []

  function settle(isSignedIn: boolean): void {
    const all = waiting
    waiting = []
    for (const one of all) one(isSignedIn)
  }

  function keep(answer: TokenAnswer): void {
    token = answer.access_token
    endsAt = now() + answer.expires_in * 1000
  }

  function forget(next: SessionState): void {
    token = null
    endsAt = 0
    if (next === 'signed-out') {
      me.value = null
      trace.set(null)
      settle(false)
    }
    state.value = next
  }

  async function askToken(path: string, init: RequestInit): Promise<TokenAnswer> {
    const response = await send(url(path), { method: 'POST', credentials: 'same-origin', ...init })
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok) throw problemFrom(response, body)
    return body as TokenAnswer
  }

  async function readMe(): Promise<Me> {
    const response = await send(url('auth/me'), { headers: { Authorization: `Bearer ${token ?? ''}` } })
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok) throw problemFrom(response, body)
    return body as Me
  }

  /** A new token for the cookie. `false` where the server has none to give; throws where it does not answer. */
  async function refresh(): Promise<boolean> {
    try {
      keep(await askToken('auth/refresh', {}))
      return true
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) return false
      throw problem
    }
  }

  /** One renewal at a time, shared by all who need it. */
  function renewOnce(): Promise<boolean> {
    renewing ??= refresh().finally(() => {
      renewing = null
    })
    return renewing
  }

  async function restore(): Promise<void> {
    if (state.value !== 'unknown') return
    if (trace.who() === null || !(await renewOnce())) {
      forget('signed-out')
      return
    }
    const user = await readMe()
    me.value = user
    trace.set(user.id)
    state.value = 'signed-in'
  }

  return {
    state: readonly(state),
    me: readonly(me),

    /** What the server says that this role may do; `deny` where it says nothing. */
    may(permission: string): Effect {
      return me.value?.permissions[permission] ?? 'deny'
    },

    /**
     * Whether asking for the audit is worth it; what is then shown is the server's to decide. Permissions count nothing as owned,
     * and owners of role projets read that of their projects.
     */
    mayAskForAudit(): boolean {
      return me.value !== null && (me.value.permissions['audit_read'] === 'allow' || me.value.role === 'projets')
    },

    /** Whether somebody was signed in here, as far as this browser knows. */
    hasTrace: () => trace.who() !== null,

    /** Whether somebody has signed in or out in this browser meanwhile, so that this is not what is to be seen here now. */
    isAnothers: () => trace.who() !== (me.value?.id ?? null),

    /** At start: does the cookie of an earlier visit still hold? Asked once by all who want to know at the same time. */
    restore(): Promise<void> {
      restoring ??= restore().finally(() => {
        restoring = null
      })
      return restoring
    },

    /** @throws Problem with the server's words */
    async signIn(username: string, password: string): Promise<void> {
      const body = new URLSearchParams({ grant_type: 'password', username, password })
      keep(await askToken('auth/session', { body }))
      const user = await readMe()
      me.value = user
      trace.set(user.id)
      state.value = 'signed-in'
      settle(true)
    },

    async signOut(everywhere = false): Promise<void> {
      const path = everywhere ? 'auth/session?everywhere=true' : 'auth/session'
      const headers: HeadersInit = token ? { Authorization: `Bearer ${token}` } : {}
      const response = await send(url(path), { method: 'DELETE', credentials: 'same-origin', headers })
      if (!response.ok && response.status !== 401) {
        throw problemFrom(response, await response.json().catch(() => null))
      }
      forget('signed-out')
    },

    /** Who is asked for the password again would rather be somebody else. */
    abandon(): void {
      forget('signed-out')
    },

    /** After one's own name, theme or role has changed. */
    async reload(): Promise<void> {
      if (state.value === 'signed-in') me.value = await readMe()
    },

    /** The token to send: the one that is on its way, or renewed where it is about to end. */
    async bearer(): Promise<string | null> {
      if (renewing || (token && now() > endsAt - EARLY_MS)) await renewOnce().catch(() => false)
      return token
    },

    /**
     * After a 401 for `stale`: a renewed token, or else the password from the person, for which it waits. `null` where there
     * is nobody any more. Whoever comes late with an older token gets the one that is there by then.
     */
    async recover(stale: string | null): Promise<string | null> {
      if (token !== null && token !== stale) return token
      if (state.value !== 'expired' && (await renewOnce())) return token
      if (me.value === null) {
        forget('signed-out')
        return null
      }
      if (state.value !== 'expired') forget('expired')
      const isSignedIn = await new Promise<boolean>((done) => waiting.push(done))
      return isSignedIn ? token : null
    },
  }
}

export type Session = ReturnType<typeof createSession>

export const session: Session = createSession(fetchOrTake)

/** The session, as components use it. */
export function useSession() {
  return {
    ...session,
    isSignedIn: computed(() => session.state.value === 'signed-in' || session.state.value === 'expired'),
    mayManageUsers: computed(() => session.may('user_manage') === 'allow'),
    /** Into a freeze window, with a reason and a second person. */
    mayBreakGlass: computed(() => session.may('break_glass') !== 'deny'),
  }
}
