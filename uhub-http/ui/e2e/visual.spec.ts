import { expect, startHub, test, type Hub } from './hub'
import type { Page } from '@playwright/test'

/** A Monday morning on which everything is the same each time. */
const NOW = '2031-03-10T08:30:00Z'

const ADMIN = { username: 'alice', password: 'a long password', email: 'alice@example.org', display_name: 'Alice ADMIN' }

/** The pages that show nothing of the clock of the machine. */
const ALL = ['calendar', 'calendar?view=week', 'timeline', 'dashboard', 'jobs', 'projects', 'users', 'approvals', 'freezes', 'settings', 'styleguide']

/** All pages at the two sizes that are used most, each in the theme that differs more; at the others those that change with it. */
const LOOKS = [
  { name: 'wide-dark', theme: 'dark', viewport: { width: 1440, height: 900 }, pages: ALL, open: true },
  { name: 'wide-light', theme: 'light', viewport: { width: 1440, height: 900 }, pages: ['calendar', 'calendar?view=week', 'timeline', 'dashboard', 'styleguide'], open: false },
  { name: 'narrow-light', theme: 'light', viewport: { width: 390, height: 844 }, pages: ALL, open: true },
  { name: 'narrow-dark', theme: 'dark', viewport: { width: 390, height: 844 }, pages: ['calendar?view=month', 'timeline', 'dashboard', 'jobs'], open: false },
  { name: 'tablet-dark', theme: 'dark', viewport: { width: 768, height: 1024 }, pages: ['calendar', 'timeline', 'dashboard', 'jobs', 'users', 'freezes'], open: false },
  { name: 'tablet-light', theme: 'light', viewport: { width: 768, height: 1024 }, pages: ['calendar', 'dashboard'], open: false },
  { name: 'huge-dark', theme: 'dark', viewport: { width: 3840, height: 2160 }, pages: ['calendar', 'timeline', 'dashboard'], open: false },
  { name: 'huge-light', theme: 'light', viewport: { width: 3840, height: 2160 }, pages: ['calendar'], open: false },
] as const

async function ask(hub: Hub, path: string, body: unknown, token?: string): Promise<Record<string, string>> {
  const answer = await fetch(hub.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, string>
}

/** Two projects whose releases collide, a meeting, a whole day and a freeze. */
async function furnish(hub: Hub): Promise<void> {
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
  const report = { project_id: projects[0]?.['id'], title: 'Weekly report', job_type: 'dev', all_day: true, planned_start: '2031-03-12T23:00:00Z' }
  await ask(hub, '/jobs', report, token)
  const freeze = { start: '2031-03-14T17:00:00Z', end: '2031-03-17T06:00:00Z', tiers: ['prod'], reason: 'Quiet weekend' }
  await ask(hub, '/freezes', freeze, token)
}

/** When a user was made is told by the clock of the machine: here it is told by ours. */
async function keepTime(page: Page): Promise<void> {
  await page.route(/\/users(\?|$)/, async (route) => {
    if (route.request().resourceType() === 'document') return route.continue()
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace(/("created_at": ?)"[^"]+"/g, '$1"2031-03-01T09:00:00Z"') })
  })
}

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
  // The style guide shows what is busy on purpose.
  if (!page.url().endsWith('styleguide')) await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

for (const { name, theme, viewport, pages, open } of LOOKS) {
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

      await furnish(hub)
      await page.goto(`${hub.url}/app/signin`)
      await settled(page)
      if (open) await expect.soft(page).toHaveScreenshot(`${name}-signin.png`, { timeout: 30_000 })
      await page.getByLabel('Username').fill(ADMIN.username)
      await page.getByLabel('Password', { exact: true }).fill(ADMIN.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

      for (const path of pages) {
        await page.goto(`${hub.url}/app/${path}`)
        await settled(page)
        await expect.soft(page).toHaveScreenshot(`${name}-${path.replace(/\W+/g, '-')}.png`, { timeout: 30_000 })
      }
      await context.close()
    } finally {
      await hub.stop()
    }
  })
}
