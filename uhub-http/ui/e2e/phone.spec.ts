import type { CDPSession, Page } from '@playwright/test'
import { apiAs, conflictsOf } from './api'
import { expect, signIn, test } from './hub'

const WIDTH = 360

test.use({ viewport: { width: WIDTH, height: 740 }, hasTouch: true, isMobile: true })

const PAGES = ['calendar?view=month', 'calendar?view=list', 'timeline', 'dashboard', 'jobs', 'jobs/new', 'approvals', 'projects', 'users', 'freezes', 'audit', 'settings']

/** How far the page goes over its right edge, and what of it can be scrolled sideways by itself. */
function sideways(page: Page) {
  return page.evaluate(() => ({
    page: document.documentElement.scrollWidth - innerWidth,
    tables: [...document.querySelectorAll('.u-table')].map((table) => table.scrollWidth - table.clientWidth),
  }))
}

test('no page and no table scrolls sideways on a phone', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin')
  for (const path of PAGES) {
    await page.goto(`${hub.url}/app/${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
    const found = await sideways(page)
    expect(found.page, path).toBeLessThanOrEqual(0)
    for (const over of found.tables) expect(over, path).toBeLessThanOrEqual(0)
  }
})

test('all conflicts are resolved from a phone: each move is a card', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  expect(await conflictsOf(api)).not.toEqual([])
  await signIn(page, hub, 'demo-admin', '/freezes')
  const counter = page.getByRole('button', { name: /conflicts? in the next 30 days/ })
  // One line, whatever it counts.
  await counter.locator('.count').evaluate((element) => (element.textContent = '75'))
  expect((await counter.boundingBox())?.height).toBeLessThan(36)
  await counter.tap()
  await page.getByRole('button', { name: 'Resolve all' }).tap()
  const dialog = page.getByRole('dialog', { name: 'Resolve all conflicts' })
  await expect(dialog.getByRole('row').nth(1)).toContainText('Release')
  // Still a table for who cannot see it.
  await expect(dialog.getByRole('columnheader', { name: 'After' })).toBeAttached()
  const found = await sideways(page)
  expect(found.page).toBeLessThanOrEqual(0)
  for (const over of found.tables) expect(over).toBeLessThanOrEqual(0)
})

/** A finger: pressed here, there when it has rested, and lifted. */
async function finger(page: Page, from: { x: number; y: number }, to: { x: number; y: number }, rest: () => Promise<void>): Promise<void> {
  const client: CDPSession = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: { x: number; y: number } | null) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] })
  await touch('touchStart', from)
  await rest()
  for (let step = 1; step <= 12; step += 1) {
    await touch('touchMove', { x: from.x + ((to.x - from.x) * step) / 12, y: from.y + ((to.y - from.y) * step) / 12 })
    await page.waitForTimeout(16)
  }
  await touch('touchEnd', null)
  await client.detach()
}

test('on the timeline a finger that rests lifts a job, and one that does not scrolls', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const { items } = await api.get<{ items: { id: string; project_id: string; planned_start: string }[] }>('/jobs?q=sant%C3%A9%20projet')
  const [job] = items
  if (!job) throw new Error('no job')
  const now = () => api.get<{ planned_start: string }>(`/jobs/${job.id}`).then(({ planned_start }) => planned_start)
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(new Date(job.planned_start))
  await signIn(page, hub, 'demo-admin', `/timeline?scale=week&by=project&date=${day}&project=${job.project_id}`)
  const bar = page.locator(`[data-job="${job.id}"]`)
  await bar.scrollIntoViewIfNeeded()
  await page.evaluate(() => document.fonts.ready)
  const timeline = page.locator('.timeline')
  const middle = async () => {
    const box = await bar.boundingBox()
    if (!box) throw new Error('it is not on the screen')
    return { x: box.x + Math.min(box.width / 2, 40), y: box.y + box.height / 2 }
  }

  const before = await timeline.evaluate((element) => element.scrollLeft)
  const start = await middle()
  await finger(page, start, { x: start.x - 60, y: start.y }, async () => {})
  await expect.poll(() => timeline.evaluate((element) => element.scrollLeft)).toBeGreaterThan(before + 20)
  expect(await now()).toBe(job.planned_start)

  // Away from the edges: a finger that rests there scrolls, on a slow machine by as much as it then moves.
  await bar.evaluate((element) => element.scrollIntoView({ inline: 'center', behavior: 'instant' }))
  const held = await middle()
  const track = await page.locator('.track').first().boundingBox()
  if (!track) throw new Error('no track')
  const scrolled = await timeline.evaluate((element) => element.scrollLeft)
  await finger(page, held, { x: held.x + track.width / 7, y: held.y }, () => expect(bar).toHaveClass(/is-dragging/))
  await expect.poll(now).not.toBe(job.planned_start)
  const moved = Date.parse(await now()) - Date.parse(job.planned_start)
  // A day, and what the timeline has scrolled along at its edge.
  const went = Math.round((track.width / 7 + (await timeline.evaluate((element) => element.scrollLeft)) - scrolled) / (track.width / 7))
  expect(moved).toBe(went * 86_400_000)
})
