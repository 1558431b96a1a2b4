import type { CDPSession, Page } from '@playwright/test'
import { apiAs } from './api'
import { expect, signIn, test } from './hub'

// Playwright turns off what is looked at here.
test.use({ launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', ignoreDefaultArgs: ['--disable-back-forward-cache'] } })

/** Where the page is, to come back to it, and marks the document that is there. */
async function leave(page: Page, client: CDPSession, to: string): Promise<() => Promise<void>> {
  await page.evaluate(() => document.documentElement.setAttribute('data-marked', ''))
  const { entries, currentIndex } = await client.send('Page.getNavigationHistory')
  const entryId = entries[currentIndex]?.id
  if (entryId === undefined) throw new Error('the page is nowhere')
  await client.send('Page.navigate', { url: to })
  await expect.poll(() => page.url()).toMatch(to)
  return async () => void (await client.send('Page.navigateToHistoryEntry', { entryId }))
}

test('the browser keeps the calendar for its way back, and what changed meanwhile is shown', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const plan = async (title: string) =>
    api.post('/jobs', { project_id: await api.projectId('Projet Pilote App X'), title, job_type: 'meeting', planned_start: new Date().toISOString() })
  const client = await page.context().newCDPSession(page)
  await signIn(page, hub, 'demo-dev', '/calendar?view=list')
  await expect(page.getByText('Rapport hebdo').first()).toBeVisible()

  // Another site, which has a process of its own.
  const back = await leave(page, client, 'chrome://terms')
  await plan('Planned while away')
  await back()
  await expect(page.getByText('Planned while away').first()).toBeVisible()
  await expect(page.locator('html[data-marked]'), 'the document is the same').toHaveCount(1)
  await plan('Planned afterwards')
  await expect(page.getByText('Planned afterwards').first()).toBeVisible()
})

test('what was kept is not shown once its reader has signed out', async ({ page, hub }) => {
  const client = await page.context().newCDPSession(page)
  await signIn(page, hub, 'demo-admin', '/users')
  await expect(page.getByText('demo-ops').first()).toBeVisible()
  const back = await leave(page, client, `${hub.url}/healthz`)
  await page.goto(`${hub.url}/app/settings`)
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  await back()
  await expect(page.getByLabel('Username')).toBeVisible()
  await expect(page.getByText('demo-ops')).toHaveCount(0)
  await expect(page.locator('html[data-marked]'), 'the document is another').toHaveCount(0)
})
