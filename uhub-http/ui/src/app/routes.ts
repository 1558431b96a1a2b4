import type { RouteRecordRaw } from 'vue-router'

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
