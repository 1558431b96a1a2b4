import { createRouter, createWebHistory, START_LOCATION, type LocationQuery, type RouteLocationNormalized, type Router } from 'vue-router'
import { hubBase } from '@/api/base'
import { session } from '@/api/session'
import { inNextTask } from '@/ui/idle'
import { isFirstRun } from './firstRun'
import { routes } from './routes'

/** Where somebody may go: the sign-in page sends back to where they wanted. */
export async function guard(to: RouteLocationNormalized) {
  if (session.state.value === 'unknown') {
    await session.restore().catch(() => undefined)
    // The frame is drawn first: in one task with the page, nobody would be heard for long on a phone.
    await new Promise<void>(inNextTask)
  }
  const isSignedIn = session.state.value === 'signed-in' || session.state.value === 'expired'
  if (isSignedIn) return to.meta.open ? { path: '/' } : true
  if (await isFirstRun()) return to.name === 'setup' ? true : { name: 'setup' }
  if (to.name === 'setup') return { name: 'signin' }
  if (to.meta.open) return true
  return { name: 'signin', query: to.path === '/' || to.path === '/calendar' ? {} : { next: to.fullPath } }
}

/** Only a path of this app: a link must not send who signs in to somewhere else. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

/** What the code of a page may bring: asks for what that address will show. */
interface PageCode {
  ahead?: (query: LocationQuery) => void
}

/** Fetches the code of the page that the address names, or of the sign-in page where nobody is signed in. */
export function loadPageAhead(router: Router): void {
  const path = window.location.pathname.slice(router.options.history.base.length) + window.location.search
  const wanted = router.resolve(session.hasTrace() ? path : '/signin')
  // What `/` leads to is told by the guard alone.
  const { matched } = wanted.path === '/' ? router.resolve('/calendar') : wanted
  for (const { components } of matched) {
    const load = components?.['default']
    // The router asks again, and says what went wrong.
    if (typeof load === 'function') void (load as () => Promise<PageCode>)().then(({ ahead }) => ahead?.(wanted.query), () => undefined)
  }
}

export function createAppRouter() {
  const router = createRouter({
    history: createWebHistory(new URL('app/', hubBase()).pathname),
    routes,
    // A page that was just opened is at its top; asking for that would have it laid out before it is whole.
    scrollBehavior: (_to, from, saved) => saved ?? (from === START_LOCATION ? false : { top: 0 }),
  })
  router.beforeEach(guard)
  return router
}
