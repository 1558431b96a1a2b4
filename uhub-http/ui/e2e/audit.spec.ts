import { apiAs } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('entries are filtered by the address, seen in full, and verified', async ({ page, hub }) => {
  const dev = await apiAs(hub, 'demo-dev')
  await expect(dev.get('/audit')).rejects.toThrow('403')

  await signIn(page, hub, 'demo-admin', '/audit')
  await expect(page.getByRole('row', { name: /Create a project/ })).toHaveCount(4)
  await expectAccessibleInBothThemes(page)

  await page.getByRole('combobox', { name: 'Who' }).click()
  await page.getByRole('option', { name: /Chloé DEV/ }).click()
  await expect(page).toHaveURL(/actor=/)
  const refused = page.getByRole('row', { name: /Refused/ })
  await expect(refused).toContainText('rbac.audit.read.dev')
  await expect(page.getByRole('row', { name: /Create a project/ })).toHaveCount(0)
  await page.reload()
  await expect(refused).toBeVisible()
  await refused.getByRole('button', { name: /^Details/ }).click()
  const sheet = page.getByRole('dialog', { name: 'Read the audit' })
  await expect(sheet).toContainText('role dev may not read this audit')
  await expectAccessibleInBothThemes(page)
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(page.getByRole('heading', { name: 'The chain is sound' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy the head' })).toBeVisible()
})

test('more comes page by page', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const { items } = await api.get<{ items: { id: string }[] }>('/jobs?job_type=meeting')
  for (let turn = 0; turn < 40; turn += 1) await api.send('PATCH', `/jobs/${items[0]?.id}`, { title: `Turn ${turn}` })
  await signIn(page, hub, 'demo-admin', '/audit')
  const rows = page.getByRole('row')
  await expect(rows).toHaveCount(51)
  await page.getByRole('button', { name: 'Load more' }).click()
  await expect.poll(() => rows.count()).toBeGreaterThan(60)
})

test('who may not read it is told by the rule', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/audit')
  await expect(page.getByText('The audit is not open to you')).toBeVisible()
  await expect(page.getByText('Role dev may not read this audit.')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})
