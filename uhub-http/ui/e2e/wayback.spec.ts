import type { CDPSession, Page } from '@playwright/test'
import { apiAs, SHELL } from './api'
import { expect, signIn, startHub, test } from './hub'

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

test('a log that is being followed goes on after the way back, without a gap and without a line twice', async ({ page }) => {
  const hub = await startHub({ args: ['--demo', ...SHELL] })
  try {
    const api = await apiAs(hub, 'demo-admin')
    const job = await api.shellJob('i=0; while [ $i -lt 160 ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done')
    const run = await api.post<{ id: string }>(`/jobs/${job}/runs`)
    const client = await page.context().newCDPSession(page)
    await signIn(page, hub, 'demo-admin', `/runs/${run.id}`)
    const rows = page.getByRole('region', { name: 'Log' }).locator('.row')
    await expect(rows.filter({ hasText: /line 10$/ })).toBeVisible()

    await page.evaluate(() => {
      const { fetch } = window
      window.fetch = (input, init) => {
        if (input instanceof Request && input.url.endsWith('/logs')) document.documentElement.setAttribute('data-asked', input.headers.get('Last-Event-ID') ?? '')
        return fetch(input, init)
      }
    })
    const back = await leave(page, client, 'chrome://terms')
    // Some lines come while nobody reads them.
    await page.waitForTimeout(2000)
    await back()
    await expect(page.locator('html[data-marked]'), 'the document is the same').toHaveCount(1)
    await expect(page.getByText('Running').first()).toBeVisible()
    await expect(page.getByText('160 lines', { exact: true })).toBeVisible({ timeout: 40_000 })
    await expect(page.getByText('Succeeded').first()).toBeVisible()
    await expect(page.locator('html'), 'it was asked for what is behind the last line').toHaveAttribute('data-asked', /^[1-9]\d*$/)

    const log = page.getByRole('region', { name: 'Log' })
    const read = new Map<number, string>()
    for (let top = 0; read.size < 160 && top < 20_000; top += 200) {
      await log.evaluate((element, to) => (element.scrollTop = to), top)
      await page.waitForTimeout(50)
      for (const one of await rows.evaluateAll((all) => all.map((row) => [row.querySelector('.number')?.textContent, row.querySelector('.text')?.textContent] as const))) {
        read.set(Number(one[0]), one[1] ?? '')
      }
    }
    expect([...read].sort(([a], [b]) => a - b).map(([, text]) => text)).toEqual(Array.from({ length: 160 }, (_, index) => `line ${index + 1}`))
  } finally {
    await hub.stop()
  }
})
