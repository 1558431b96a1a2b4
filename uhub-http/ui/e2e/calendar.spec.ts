import type { Locator, Page } from '@playwright/test'
import { apiAs, type Job } from './api'
import { expect, signIn, test, type Hub } from './hub'

/** The day in the hub's zone, and the one so many days later. */
const day = (at: string, later = 0) => {
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(new Date(at))
  return new Date(Date.parse(local) + later * 86_400_000).toISOString().slice(0, 10)
}

const event = (page: Page, job: Job): Locator => page.locator(`[data-job="${job.id}"]`).first()

/** The calendar with one project alone, around a job: nothing of it is folded away. */
async function show(page: Page, hub: Hub, username: string, job: Job, view: string, at = day(job.planned_start)): Promise<void> {
  await signIn(page, hub, username, `/calendar?view=${view}&date=${at}&project=${job.project_id}`)
  await expect(event(page, job)).toBeVisible()
  await page.evaluate(() => document.fonts.ready)
}

async function middle(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox()
  if (!box) throw new Error('it is not on the screen')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }, drop = true): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 8, from.y + 2, { steps: 4 })
  await page.mouse.move(to.x, to.y, { steps: 12 })
  if (drop) await page.mouse.up()
}

const cell = (page: Page, date: string) => page.locator(`[role=gridcell][data-date="${date}"]`).last()

test('a job is dragged to another day, and back by undo', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Rapport hebdo – santé projet')
  await show(page, hub, 'demo-dev', job, 'month')
  const target = day(job.planned_start, 1)
  await drag(page, await middle(event(page, job)), await middle(cell(page, target)), false)
  await expect(page.locator('.drag-hint')).toContainText('Free.')
  await page.mouse.up()
  await expect.poll(async () => day((await api.job(job.id)).planned_start)).toBe(target)
  await expect(cell(page, target).locator(`[data-job="${job.id}"]`).or(event(page, job))).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await api.job(job.id)).planned_start).toBe(job.planned_start)
  await expect(page.getByText('Move undone').first()).toBeVisible()
})

test('what the caller may not move stays, and says the rule', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Release v0.1 – staging')
  await show(page, hub, 'demo-dev', job, 'month')
  const asked: string[] = []
  page.on('request', (request) => request.method() === 'PATCH' && !request.url().includes('dry_run') && asked.push(request.url()))
  await drag(page, await middle(event(page, job)), await middle(cell(page, day(job.planned_start, 1))))
  expect((await api.job(job.id)).planned_start).toBe(job.planned_start)
  expect(asked).toEqual([])
  await page.keyboard.press('Escape')
  await event(page, job).focus()
  await page.keyboard.press('Enter')
  const popover = page.getByRole('dialog', { name: job.title })
  await expect(popover).toContainText('may not plan or change this')
  await expect(popover).toContainText('Déploiement dashboards – staging')
  await expect(popover.getByRole('button', { name: 'Move…' })).toHaveCount(0)
})

test('a drop into a freeze window is told before, refused, and goes back', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Release k3s v1.29 – staging')
  const frozen = day(job.planned_start, 5)
  await api.post('/freezes', {
    start: `${frozen}T00:00:00Z`, end: `${day(job.planned_start, 6)}T00:00:00Z`, tiers: ['staging'], environments: [], reason: 'Quarter end',
  })
  await show(page, hub, 'demo-ops', job, 'month')
  await expect(page.getByText('Freeze: Quarter end').first()).toBeVisible()
  await drag(page, await middle(event(page, job)), await middle(cell(page, frozen)), false)
  await expect(page.locator('.drag-hint')).toContainText('Quarter end')
  await page.mouse.up()
  await expect(page.getByText('stays where it was').first()).toBeVisible()
  expect((await api.job(job.id)).planned_start).toBe(job.planned_start)
  await expect(event(page, job)).toBeVisible()
})

test('a move in production waits as a ghost', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Maintenance – rotation certificats')
  await show(page, hub, 'demo-ops', job, 'month')
  const target = day(job.planned_start, 1)
  await drag(page, await middle(event(page, job)), await middle(cell(page, target)))
  await expect(page.getByText('Waiting for approval').first()).toBeVisible()
  await expect(page.locator(`[data-ghost="${job.id}"]`)).toBeVisible()
  await expect(event(page, job)).toBeVisible()
  expect((await api.job(job.id)).planned_start).toBe(job.planned_start)
})

test('the end of a job is dragged', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = (await api.get<{ items: Job[] }>('/jobs?q=Sprint')).items[0]
  if (!job) throw new Error('no meeting')
  await show(page, hub, 'demo-admin', job, 'week')
  const box = await event(page, job).boundingBox()
  if (!box) throw new Error('it is not on the screen')
  await event(page, job).hover()
  const edge = { x: box.x + box.width / 2, y: box.y + box.height - 2 }
  await page.mouse.move(edge.x, edge.y)
  await page.mouse.down()
  await page.mouse.move(edge.x, edge.y + 6, { steps: 4 })
  await page.mouse.move(edge.x, edge.y + box.height, { steps: 10 })
  await page.mouse.up()
  await expect.poll(async () => Date.parse((await api.job(job.id)).planned_end)).toBe(Date.parse(job.planned_end) + 3_600_000)
  expect((await api.job(job.id)).planned_start).toBe(job.planned_start)
})

test('a job is planned by dragging over an empty span', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Release registry config – staging')
  await show(page, hub, 'demo-admin', job, 'week')
  const at = await middle(event(page, job))
  await drag(page, { x: at.x, y: at.y + 190 }, { x: at.x, y: at.y + 260 })
  const form = page.getByRole('dialog', { name: 'New job' })
  await form.getByLabel('Title').fill('Warm the caches')
  await form.getByRole('button', { name: 'Create' }).click()
  await expect(form).toBeHidden()
  await expect(page.locator('.ev', { hasText: 'Warm the caches' })).toBeVisible()
  expect(day((await api.find('Warm the caches')).planned_start)).toBe(day(job.planned_start))
})

test('what a new job would collide with is told before it is planned', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Release registry config – staging')
  const before = (await api.get<{ items: Job[] }>('/jobs?limit=500')).items.length
  const place = new URLSearchParams({ project_id: job.project_id, start: job.planned_start, environment: 'staging', title: 'One more' })
  await signIn(page, hub, 'demo-ops', `/jobs/new?${place}&job_type=ops`)
  const verdict = page.locator('.verdict')
  await expect(verdict).toContainText(job.title)
  await page.getByRole('combobox', { name: 'Type' }).click()
  await page.getByRole('option', { name: 'Development' }).click()
  await expect(verdict).toHaveClass(/refused/)
  await page.getByRole('combobox', { name: 'Type' }).click()
  await page.getByRole('option', { name: 'Meeting' }).click()
  await expect(verdict).toHaveText('Free.')
  expect((await api.get<{ items: Job[] }>('/jobs?limit=500')).items.length).toBe(before)
})

test('what a dragged span would collide with is told before it is planned', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Release registry config – staging')
  const before = (await api.get<{ items: Job[] }>('/jobs?limit=500')).items.length
  await show(page, hub, 'demo-ops', job, 'week')
  const at = await middle(event(page, job))
  // Below what the test before has planned.
  await drag(page, { x: at.x, y: at.y + 285 }, { x: at.x, y: at.y + 345 })
  const form = page.getByRole('dialog', { name: 'New job' })
  await expect(form.locator('.verdict')).toHaveText('Free.')
  await form.getByLabel('Start: Time').fill('09:30')
  await form.getByLabel('Project').click()
  await page.getByRole('option', { name: 'Projet Pilote App X' }).click()
  await form.getByLabel('Environment').click()
  await page.getByRole('option', { name: 'staging' }).click()
  await expect(form.locator('.verdict')).toContainText('Release')
  expect((await api.get<{ items: Job[] }>('/jobs?limit=500')).items.length).toBe(before)
})

test('a job is moved by keys alone', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Rapport hebdo – disponibilité')
  await show(page, hub, 'demo-dev', job, 'month')
  await event(page, job).focus()
  await page.keyboard.press('m')
  const dialog = page.getByRole('dialog', { name: `Move “${job.title}”` })
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'A day later' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(dialog).toContainText('Free.')
  await dialog.getByRole('button', { name: 'Move', exact: true }).press('Enter')
  await expect.poll(async () => day((await api.job(job.id)).planned_start)).toBe(day(job.planned_start, 2))
})

test('jobs are carried along the timeline by pointer and by keys', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Rapport hebdo – erreurs push/pull')
  const at = day(job.planned_start)
  await signIn(page, hub, 'demo-dev', `/timeline?scale=month&by=project&date=${at}&project=${job.project_id}`)
  await event(page, job).focus()
  await page.keyboard.press('Shift+ArrowLeft')
  await expect(page.locator('.drag-hint')).toContainText('Free.')
  await page.keyboard.press('Escape')
  expect((await api.job(job.id)).planned_start).toBe(job.planned_start)
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Enter')
  await expect.poll(async () => day((await api.job(job.id)).planned_start)).toBe(day(job.planned_start, -1))
  const from = await middle(event(page, job))
  const track = await page.locator('.track').first().boundingBox()
  if (!track) throw new Error('no track')
  const days = new Date(Date.UTC(Number(at.slice(0, 4)), Number(at.slice(5, 7)), 0)).getUTCDate()
  await drag(page, from, { x: from.x + track.width / days, y: from.y })
  await expect.poll(async () => (await api.job(job.id)).planned_start).toBe(job.planned_start)
})

test('filters are kept in the address', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/calendar?view=list')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('checkbox', { name: 'Meeting' }).click()
  await expect(page).toHaveURL(/type=meeting/)
  await page.keyboard.press('Escape')
  await page.getByRole('radiogroup', { name: 'View' }).getByRole('radio', { name: 'Month' }).check()
  await expect(page).toHaveURL(/view=month/)
  await page.reload()
  await expect(page.locator('.ev', { hasText: 'Sprint Planning' }).first()).toBeVisible()
  await expect(page.locator('.ev', { hasText: 'Release' })).toHaveCount(0)
})

test('changes by others appear by themselves', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const job = await api.find('Rapport hebdo – capacité cluster')
  await show(page, hub, 'demo-ops', job, 'month')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await api.patch(`/jobs/${job.id}`, { title: 'Renamed elsewhere' })
  await expect(event(page, job)).toContainText('Renamed elsewhere')
})

test.describe('in French', () => {
  test.use({ locale: 'fr-FR' })
  test('the calendar speaks French', async ({ page, hub }) => {
    await page.goto(`${hub.url}/app/signin?next=${encodeURIComponent('/calendar?view=week')}`)
    await page.getByRole('button', { name: /Alice/ }).click()
    await expect(page.getByRole('button', { name: 'Aujourd’hui' })).toBeVisible()
    await expect(page.getByText('Journée entière').first()).toBeVisible()
    await expect(page.getByRole('columnheader').first()).toContainText(/lun/i)
  })
})
