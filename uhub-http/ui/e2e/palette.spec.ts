import type { Page } from '@playwright/test'
import { apiAs, SHELL } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, startHub, test } from './hub'

const line = (page: Page) => page.getByRole('dialog', { name: 'Commands' }).getByRole('combobox')
const highlighted = (page: Page) => page.locator('[role=option][data-highlighted]')

/** Types into the palette, and takes the line that is then the first. */
async function choose(page: Page, typed: string, expected: RegExp): Promise<void> {
  await expect(line(page)).toBeFocused()
  if (typed) await page.keyboard.type(typed)
  await expect(highlighted(page)).toHaveText(expected)
  await page.keyboard.press('Enter')
}

test('a job is planned by keyboard alone', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-ops')
  await signIn(page, hub, 'demo-ops', '/freezes')
  await page.keyboard.press('Control+k')
  await expect(line(page)).toBeFocused()
  await expectAccessibleInBothThemes(page)
  await choose(page, 'new job', /New job/)
  await choose(page, 'ops', /Operations/)
  await choose(page, 'k3s', /Infra K3s/)
  await choose(page, 'stag', /staging/)
  await choose(page, 'Rotate the keys', /Rotate the keys/)
  await page.keyboard.type('whenever')
  await expect(highlighted(page)).toContainText('no time that I understand')
  await page.keyboard.press('Control+a')
  await choose(page, '+2d 9:30-10:30', /09:30 – 10:30/)
  await expect(page.getByRole('dialog', { name: 'Commands' })).toContainText('It will collide with')
  await expectAccessibleInBothThemes(page)
  await choose(page, '', /Plan “Rotate the keys”/)
  await expect(page).toHaveURL(/\/app\/jobs\/[0-9a-f-]{36}$/)
  const { items } = await api.get<{ items: { title: string; environment: string; conflict: boolean }[] }>('/jobs?q=Rotate')
  expect(items).toMatchObject([{ title: 'Rotate the keys', environment: 'staging', conflict: true }])
})

test('steps go back, one by one, and words of the API come to where they belong', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/freezes')
  await page.keyboard.press('c')
  await expect(line(page)).toBeFocused()
  await expect(page.getByRole('option', { name: /^Maintenance/ })).toHaveAttribute('aria-disabled', 'true')
  await choose(page, 'devel', /Development/)
  await choose(page, 'pilote', /Projet Pilote/)
  await choose(page, 'dev', /dev/)
  await choose(page, 'Too late', /Too late/)
  await choose(page, '1/1/2500', /2500/)
  await choose(page, '', /Plan “Too late”/)
  await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await expect(line(page)).toHaveAttribute('placeholder', /^When/)
  await page.keyboard.press('Escape')
  await expect(line(page)).toHaveValue('Too late')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('option', { name: /^Meeting/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('a job is launched by keyboard alone, and its log is shown', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-dev')
  await signIn(page, hub, 'demo-dev', '/freezes')
  await page.keyboard.press('Control+k')
  await choose(page, 'launch', /Launch a job/)
  await choose(page, 'capacité', /Rapport hebdo – capacité cluster/)
  await choose(page, 'weekly numbers', /Launch it now/)
  await expect(page).toHaveURL(/\/app\/(runs|jobs)\/[0-9a-f-]{36}$/)
  await expect.poll(async () => (await api.get<{ items: { status: string }[] }>('/runs')).items.map(({ status }) => status), { timeout: 20_000 }).toEqual(['succeeded'])
})

test('a job is cancelled by keyboard alone', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const id = await api.shellJob('', { title: 'Not needed any more', execution: undefined, auto_start: undefined })
  await signIn(page, hub, 'demo-dev', '/freezes')
  await page.keyboard.press('Control+k')
  await choose(page, 'cancel a job', /Cancel a job/)
  await choose(page, 'Not needed', /Not needed any more/)
  await choose(page, '', /^Cancel the job$/)
  await expect(page.getByText('The job is cancelled.', { exact: true }).first()).toBeVisible()
  expect(await api.get<{ status: string }>(`/jobs/${id}`)).toMatchObject({ status: 'cancelled' })
})

test('a run is cancelled by keyboard alone', async ({ page }) => {
  const hub = await startHub({ args: ['--demo', ...SHELL] })
  try {
    const api = await apiAs(hub, 'demo-admin')
    const job = await api.shellJob('sleep 60', { title: 'Takes too long' })
    const run = await api.post<{ id: string }>(`/jobs/${job}/runs`)
    await signIn(page, hub, 'demo-admin', '/freezes')
    await page.keyboard.press('Control+k')
    await choose(page, 'cancel a run', /Cancel a run/)
    await choose(page, 'too long', /Takes too long/)
    await page.keyboard.press('Escape')
    await choose(page, 'too long', /Takes too long/)
    await choose(page, '', /^Cancel the run/)
    await expect.poll(async () => (await api.get<{ status: string }>(`/runs/${run.id}`)).status).toBe('cancelled')
  } finally {
    await hub.stop()
  }
})

test('finds pages, projects, jobs and people, and remembers what was used', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/freezes')
  await page.keyboard.press('/')
  await choose(page, 'monitoring', /Monitoring Stack/)
  await expect(page).toHaveURL(/\/app\/projects\//)
  await page.keyboard.press('Control+k')
  await expect(highlighted(page)).toHaveText(/Monitoring Stack/)
  await page.keyboard.type('rotation cert')
  const job = page.getByRole('option', { name: /Maintenance – rotation certificats/ })
  await expect(job).toBeVisible()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('david')
  await expect(page.getByRole('option', { name: /David OPS/ })).toBeVisible()
  await page.keyboard.press('Control+a')
  await choose(page, 'light theme', /Light theme/)
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
})

test('what a role may not is greyed with the reason, and does nothing', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-ops', '/freezes')
  await page.keyboard.press('Control+k')
  await expect(line(page)).toBeFocused()
  await page.keyboard.type('approve or')
  const option = page.getByRole('option', { name: /Approve or reject/ })
  await expect(option).toHaveAttribute('aria-disabled', 'true')
  await expect(option).toContainText('Not for the role Operations')
  await choose(page, '', /Approve or reject/)
  await expect(line(page)).toHaveValue('approve or')
})

test('approves and rejects with a comment', async ({ page, hub }) => {
  const ops = await apiAs(hub, 'demo-ops')
  const { items } = await ops.get<{ items: { id: string; tier: string; planned_start: string }[] }>('/jobs?tier=prod')
  for (const [index, job] of items.entries()) {
    const start = new Date(Date.parse(job.planned_start) + (index + 1) * 86_400_000).toISOString()
    await ops.send('PATCH', `/jobs/${job.id}`, { planned_start: start })
  }
  await signIn(page, hub, 'demo-projets', '/freezes')
  await page.keyboard.press('a')
  await choose(page, 'rotation', /rotation certificats/)
  await page.keyboard.press('ArrowDown')
  await expect(highlighted(page)).toContainText('Type why first')
  await choose(page, 'fine with us', /^Approve/)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('a')
  await choose(page, 'patch', /Patch sécurité/)
  await page.keyboard.type('not this week')
  await page.keyboard.press('ArrowDown')
  await choose(page, '', /^Reject/)
  await expect.poll(async () => (await ops.get<{ items: { state: string; comment: string }[] }>('/approvals')).items.map(({ state, comment }) => `${state} ${comment}`).sort())
    .toEqual(['consumed fine with us', 'rejected not this week'])
})

test('all shortcuts are on one sheet', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/freezes')
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  for (const name of ['New job…', 'Launch a job…', 'New freeze window', 'Audit']) await expect(sheet.getByText(name, { exact: true })).toBeVisible()
  await expectAccessibleInBothThemes(page)
})
