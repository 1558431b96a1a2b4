import { createRouter, createWebHistory, START_LOCATION, type LocationQuery, type RouteLocationNormalized, type Router, type RouteRecordRaw } from 'vue-router'
import { hubBase } from '@/api/base'
import { session } from '@/api/session'
import { isFirstRun } from './firstRun'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name, for the document's title. */
    title?: string
    /** Seen without being signed in, and without the frame around it. */
    open?: boolean
  }
}

export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/calendar' },
  { path: '/calendar', name: 'calendar', component: () => import('@/features/calendar/CalendarPage.vue'), meta: { title: 'shell.nav.calendar' } },
  { path: '/timeline', name: 'timeline', component: () => import('@/features/timeline/TimelinePage.vue'), meta: { title: 'shell.nav.timeline' } },
  { path: '/dashboard', name: 'dashboard', component: () => import('@/features/dashboard/DashboardPage.vue'), meta: { title: 'shell.nav.dashboard' } },
  { path: '/jobs', name: 'jobs', component: () => import('@/features/jobs/JobsPage.vue'), meta: { title: 'shell.nav.jobs' } },
  { path: '/jobs/new', name: 'new-job', component: () => import('@/features/jobs/NewJobPage.vue'), meta: { title: 'jobs.new.title' } },
  { path: '/jobs/:id', name: 'job', component: () => import('@/features/jobs/JobPage.vue'), props: true, meta: { title: 'shell.nav.job' } },
  { path: '/runs/:id', name: 'run', component: () => import('@/features/runs/RunPage.vue'), props: true, meta: { title: 'runs.name' } },
  { path: '/approvals', name: 'approvals', component: () => import('@/features/approvals/ApprovalsPage.vue'), meta: { title: 'shell.nav.approvals' } },
  { path: '/audit', name: 'audit', component: () => import('@/features/audit/AuditPage.vue'), meta: { title: 'shell.nav.audit' } },
  { path: '/projects', name: 'projects', component: () => import('@/features/projects/ProjectsPage.vue'), meta: { title: 'shell.nav.projects' } },
  { path: '/projects/:id', name: 'project', component: () => import('@/features/projects/ProjectPage.vue'), props: true, meta: { title: 'shell.nav.project' } },
  { path: '/users', name: 'users', component: () => import('@/features/users/UsersPage.vue'), meta: { title: 'shell.nav.users' } },
  { path: '/freezes', name: 'freezes', component: () => import('@/features/freezes/FreezesPage.vue'), meta: { title: 'shell.nav.freezes' } },
  { path: '/settings', name: 'settings', component: () => import('@/features/settings/SettingsPage.vue'), meta: { title: 'shell.nav.settings' } },
  { path: '/signin', name: 'signin', component: () => import('@/features/auth/SignInPage.vue'), meta: { title: 'shell.nav.signIn', open: true } },
  { path: '/setup', name: 'setup', component: () => import('@/features/auth/SetupPage.vue'), meta: { title: 'shell.nav.setup', open: true } },
  { path: '/styleguide', name: 'styleguide', component: () => import('@/features/styleguide/StyleguidePage.vue'), meta: { title: 'shell.nav.styleguide' } },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./NotFoundPage.vue'), meta: { title: 'shell.notFound.title' } },
]

/** Where somebody may go: the sign-in page sends back to where they wanted. */
export async function guard(to: RouteLocationNormalized) {
  if (session.state.value === 'unknown') await session.restore().catch(() => undefined)
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
