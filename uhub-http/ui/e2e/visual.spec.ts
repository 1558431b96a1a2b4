import { expect, startHub, test, type Hub } from './hub'
import type { Page } from '@playwright/test'

/** A Monday morning on which everything is the same each time. */
const NOW = '2031-03-10T08:30:00Z'

const ADMIN = { username: 'alice', password: 'a long password', email: 'alice@example.org', display_name: 'Alice ADMIN' }

/** Every page, by its name; what is made for it is known by then. */
const PAGES = {
  calendar: () => 'calendar',
  'calendar-view-week': () => 'calendar?view=week',
  timeline: () => 'timeline',
  dashboard: () => 'dashboard',
  jobs: () => 'jobs',
  'jobs-new': () => 'jobs/new',
  job: ({ job }: Made) => `jobs/${job}`,
  run: ({ run }: Made) => `runs/${run}`,
  projects: () => 'projects',
  project: ({ project }: Made) => `projects/${project}`,
  users: () => 'users',
  approvals: () => 'approvals',
  freezes: () => 'freezes',
  audit: () => 'audit',
  settings: () => 'settings',
  styleguide: () => 'styleguide',
  missing: () => 'nowhere',
}
type Name = keyof typeof PAGES
const ALL = Object.keys(PAGES) as Name[]

/** All pages in both themes at the sizes that are used most, and once on a tablet; on the largest those that change with it. */
const LOOKS: { name: string; theme: 'dark' | 'light'; viewport: { width: number; height: number }; pages: readonly Name[]; open?: true }[] = [
  { name: 'wide-dark', theme: 'dark', viewport: { width: 1440, height: 900 }, pages: ALL, open: true },
  { name: 'wide-light', theme: 'light', viewport: { width: 1440, height: 900 }, pages: ALL, open: true },
  { name: 'narrow-light', theme: 'light', viewport: { width: 390, height: 844 }, pages: ALL, open: true },
  { name: 'narrow-dark', theme: 'dark', viewport: { width: 390, height: 844 }, pages: ALL, open: true },
  { name: 'tablet-dark', theme: 'dark', viewport: { width: 768, height: 1024 }, pages: ALL },
  { name: 'tablet-light', theme: 'light', viewport: { width: 768, height: 1024 }, pages: ['calendar', 'dashboard', 'job', 'audit'] },
  { name: 'huge-dark', theme: 'dark', viewport: { width: 3840, height: 2160 }, pages: ['calendar', 'timeline', 'dashboard', 'job'] },
  { name: 'huge-light', theme: 'light', viewport: { width: 3840, height: 2160 }, pages: ['calendar'] },
]

/** What the pages are about. */
interface Made {
  job: string
  run: string
  project: string
}

async function ask(hub: Hub, path: string, body: unknown, token?: string): Promise<Record<string, string>> {
  const answer = await fetch(hub.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, string>
}

/** Two projects whose releases collide, a meeting, a whole day that was launched, and a freeze. */
async function furnish(hub: Hub): Promise<Made> {
  const admin = await ask(hub, '/bootstrap/admin', ADMIN)
  const form = new URLSearchParams({ grant_type: 'password', username: ADMIN.username, password: ADMIN.password })
  const signedIn = await fetch(`${hub.url}/auth/token`, { method: 'POST', body: form })
  const { access_token: token } = (await signedIn.json()) as { access_token: string }
  const environments = ['dev', 'staging', 'prod']
  const projects = []
  for (const [name, color] of [['App X', '#00ff00'], ['Registry', '#66ffcc']]) {
    projects.push(await ask(hub, '/projects', { name, color, owner_id: admin['id'], environments }, token))
  }
  const jobs = [
    [0, 'Release 2.0', 'ops', 'staging', '2031-03-11T09:00:00Z'],
    [1, 'Release of the registry', 'ops', 'staging', '2031-03-11T09:30:00Z'],
    [0, 'Patch of the cluster', 'maintenance', 'prod', '2031-03-13T20:00:00Z'],
    [1, 'Sprint planning', 'meeting', null, '2031-03-12T13:00:00Z'],
  ] as const
  for (const [project, title, job_type, environment, planned_start] of jobs) {
    const job = { project_id: projects[project]?.['id'], title, job_type, environment, planned_start }
    await ask(hub, '/jobs', job, token)
  }
  const execution = { backend: 'docker', image: 'registry.example.org/report:3', command: ['report', '--weekly'], env: { LANG: 'fr_FR' }, timeout_seconds: 600 }
  const report = {
    project_id: projects[0]?.['id'], title: 'Weekly report', job_type: 'dev', all_day: true, planned_start: '2031-03-12T23:00:00Z', execution, auto_start: false,
    description: 'What was **planned** and what was run.',
  }
  const { id: job = '' } = await ask(hub, '/jobs', report, token)
  const { id: run = '' } = await ask(hub, `/jobs/${job}/runs`, {}, token)
  const freeze = { start: '2031-03-14T17:00:00Z', end: '2031-03-17T06:00:00Z', tiers: ['prod'], reason: 'Quiet weekend' }
  await ask(hub, '/freezes', freeze, token)
  return { job, run, project: projects[0]?.['id'] ?? '' }
}

/** The end of an id by which the audit names what has no name. */
const ANY_ID = /("object_kind":\s*"(?:freeze|run)",\s*"object_id":\s*"[^"]*-)[0-9a-f]{12}"/g

/** What has happened is told by the clock of the machine, which stands before all that is planned here: it is told by ours. */
async function keepTime(page: Page): Promise<void> {
  await page.route(/\/(users|jobs|runs|audit|projects|approvals)\b(?!.*\/(events|logs))/, async (route) => {
    if (route.request().resourceType() !== 'fetch') return route.fallback()
    const response = await route.fetch()
    if (!response.headers()['content-type']?.includes('json')) return route.fulfill({ response })
    const text = (await response.text()).replace(ANY_ID, (_, of: string) => `${of}0123456789ab"`)
    const body = text.replace(/"(20[0-9]{2})-[^"]{15,}Z"/g, (time, year: string) => (Number(year) < 2031 ? '"2031-03-10T08:00:00Z"' : time))
    await route.fulfill({ response, body })
  })
}

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  // The style guide shows what is busy on purpose.
  if (!page.url().endsWith('styleguide')) await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

for (const { name, theme, viewport, pages, open = false } of LOOKS) {
  test(`the pages look as they did: ${name}`, async ({ browser }) => {
    test.setTimeout(240_000)
    const hub = await startHub({ args: ['--no-worker'] })
    try {
      const context = await browser.newContext({ viewport, colorScheme: theme, locale: 'en-GB', timezoneId: 'Europe/Paris', reducedMotion: 'reduce' })
      await context.addInitScript((to) => localStorage.setItem('uhub.theme', to), theme)
      const page = await context.newPage()
      await page.clock.setFixedTime(NOW)
      await keepTime(page)
      if (open) {
        await page.goto(`${hub.url}/app/setup`)
        await settled(page)
        await expect.soft(page).toHaveScreenshot(`${name}-setup.png`, { timeout: 30_000 })
      }

      const made = await furnish(hub)
      await page.goto(`${hub.url}/app/signin`)
      await settled(page)
      if (open) await expect.soft(page).toHaveScreenshot(`${name}-signin.png`, { timeout: 30_000 })
      await page.getByLabel('Username').fill(ADMIN.username)
      await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

      for (const shown of pages) {
        await page.goto(`${hub.url}/app/${PAGES[shown](made)}`)
        await settled(page)
        await expect.soft(page).toHaveScreenshot(`${name}-${shown}.png`, { timeout: 30_000 })
      }
      await context.close()
    } finally {
      await hub.stop()
    }
  })
}
