import { apiAs, conflictsOf } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

const counter = { name: /conflicts? in the next 30 days/ }

test('a conflict is met in the header, and resolved by a suggestion', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-ops')
  const [first] = await conflictsOf(api)
  expect(first?.jobs).toHaveLength(4)

  await signIn(page, hub, 'demo-ops', '/freezes')
  await expect(page.getByRole('button', counter)).toHaveAccessibleName('3 conflicts in the next 30 days')
  await page.getByRole('button', counter).click()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: /^Resolve: Release v0\.1/ }).click()

  const dialog = page.getByRole('dialog', { name: 'Resolve a conflict' })
  await expect(dialog.getByRole('radio')).toHaveCount(4)
  await expect(dialog).toContainText('4 jobs collide in staging')
  const later = dialog.getByRole('button', { name: /^1 hour later/ })
  await expect(later).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await later.focus()
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('status')).toContainText('is now at')
  await expect.poll(async () => (await conflictsOf(api)).find(({ pool }) => pool === 'staging')?.jobs.length).toBe(3)

  await dialog.getByRole('button', { name: 'Undo' }).click()
  await expect(dialog.getByRole('status')).toContainText('Taken back')
  await expect.poll(async () => (await conflictsOf(api)).find(({ pool }) => pool === 'staging')?.jobs.length).toBe(4)
})

test('which of the colliding jobs is moved can be switched, and who may not is told why', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/freezes')
  await page.getByRole('button', counter).click()
  await page.getByRole('button', { name: /^Resolve: Release v0\.1/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolve a conflict' })
  await expect(dialog).toContainText('Role dev may not plan or change this ops, maintenance or infra job.')
  await dialog.getByRole('radio').first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(dialog.getByRole('heading', { name: 'Move “Release k3s v1.29 – staging”' })).toBeVisible()
})

test('a move that needs a second person waits, and says for whom', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-ops')
  await signIn(page, hub, 'demo-ops', '/freezes')
  await page.getByRole('button', counter).click()
  await page.getByRole('button', { name: /^Resolve: Patch sécurité – workers, Maintenance – rotation/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolve a conflict' })
  await expect(dialog).toContainText('waits until an administrator or a project lead')
  await dialog.getByRole('button', { name: /hours? (later|earlier)/ }).first().click()
  await expect(dialog.getByRole('status')).toContainText('has to approve the move')
  await expect.poll(async () => (await conflictsOf(api)).find(({ pool }) => pool === 'prod')?.jobs.length).toBe(2)
  const { items } = await api.get<{ items: unknown[] }>('/approvals?state=pending')
  expect(items).toHaveLength(1)
})

test('all in view are resolved after a preview, and taken back', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const before = await conflictsOf(api)
  await signIn(page, hub, 'demo-admin', '/freezes')
  await page.getByRole('button', counter).click()
  await page.getByRole('button', { name: 'Resolve all…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolve all conflicts' })
  await expect(dialog.getByRole('row')).toHaveCount(6)
  await expect(dialog).toContainText('8 hours of shift in all')
  await expect(dialog.getByText('Allowed')).not.toHaveCount(0)
  await expectAccessibleInBothThemes(page)
  expect(await conflictsOf(api)).toEqual(before)

  await dialog.getByRole('button', { name: 'Apply 5 moves' }).click()
  await expect(dialog.getByRole('cell', { name: 'Moved' })).toHaveCount(5)
  expect(await conflictsOf(api)).toEqual([])

  await dialog.getByRole('button', { name: 'Undo the moves' }).click()
  await expect(dialog).toContainText('5 moves were taken back.')
  await expect.poll(async () => (await conflictsOf(api)).length).toBe(3)
})

test('the counter follows what others do', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await signIn(page, hub, 'demo-dev', '/freezes')
  await expect(page.getByRole('button', counter)).toHaveAccessibleName('3 conflicts in the next 30 days')
  const now = Date.now()
  await api.send('POST', '/calendar/resolve', { start: new Date(now).toISOString(), end: new Date(now + 30 * 86_400_000).toISOString(), apply: true })
  await expect(page.getByRole('button', { name: 'No conflict in the next 30 days' })).toBeVisible()
})
