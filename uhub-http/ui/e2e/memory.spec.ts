import type { CDPSession, Page } from '@playwright/test'
import { apiAs, SHELL } from './api'
import { expect, signIn, startHub, test } from './hub'

const MIB = 1024 * 1024

/** What the page's scripts hold on to, once all else is thrown away. */
async function heap(client: CDPSession): Promise<number> {
  await client.send('HeapProfiler.enable')
  await client.send('HeapProfiler.collectGarbage')
  const { usedSize } = await client.send('Runtime.getHeapUsage')
  return usedSize
}

async function months(page: Page, count: number): Promise<void> {
  const title = page.getByRole('heading', { level: 1 })
  for (let turn = 0; turn < count; turn += 1) {
    const before = await title.textContent()
    // There and back: the same months, so that what is left over is not what is shown.
    await page.keyboard.press(turn % 2 === 0 ? 'n' : 'p')
    await expect(title).not.toHaveText(before ?? '')
    await expect(page.locator('section[aria-busy="true"]')).toHaveCount(0)
  }
}

test('a hundred changes of the month leave nothing behind', async ({ page, hub }) => {
  test.setTimeout(240_000)
  await signIn(page, hub, 'demo-admin', '/calendar?view=month')
  await expect(page.locator('[data-job]').first()).toBeVisible()
  const client = await page.context().newCDPSession(page)
  await months(page, 10)
  const before = await heap(client)
  await months(page, 100)
  const after = await heap(client)
  expect((after - before) / MIB).toBeLessThan(6)
})

const LINES = 1_000_000

test('a million lines are read to the end, in bounded memory and with few rows in the page', async ({ page }) => {
  test.setTimeout(300_000)
  const hub = await startHub({ args: ['--demo', ...SHELL] })
  try {
    const api = await apiAs(hub, 'demo-admin')
    const id = await api.shellJob(`/usr/bin/seq 1 ${LINES}; echo the end`)
    const run = await api.post<{ id: string }>(`/jobs/${id}/runs`)
    await expect.poll(async () => (await api.get<{ status: string }>(`/runs/${run.id}`)).status, { timeout: 150_000, intervals: [1000] }).toBe('succeeded')
    await signIn(page, hub, 'demo-admin', `/runs/${run.id}`)
    const client = await page.context().newCDPSession(page)
    const log = page.getByRole('region', { name: 'Log' })
    await expect(page.getByText('1,000,001 lines', { exact: true })).toBeVisible({ timeout: 120_000 })
    expect(await log.locator('.row').count()).toBeLessThan(150)
    expect((await heap(client)) / MIB).toBeLessThan(200)

    // The middle and both ends are there at once.
    const row = (text: string) => log.locator('.row').filter({ hasText: text })
    await log.evaluate((element) => (element.scrollTop = element.scrollHeight))
    await expect(row('the end')).toBeVisible()
    await log.evaluate((element) => (element.scrollTop = 0))
    await expect(log.locator('.row .text').first()).toHaveText('1')
    await log.evaluate((element) => (element.scrollTop = element.scrollHeight / 2))
    await expect(log.locator('.row .text').first()).toHaveText(/^(4|5)\d{5}$/)
    expect(await log.locator('.row').count()).toBeLessThan(150)
  } finally {
    await hub.stop()
  }
})
