import { apiAs, conflictsOf } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('users are created, edited, deactivated and brought back', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/users')
  await expect(page.getByRole('row', { name: /Chloé DEV/ })).toBeVisible()
  await expectAccessibleInBothThemes(page)

  await page.getByRole('button', { name: 'New user' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('Grace\u202eHopper')
  await dialog.getByLabel('Username').fill('demo-dev')
  await dialog.getByLabel('Email').fill('grace@example.org')
  await dialog.getByRole('combobox', { name: 'Role' }).click()
  await page.getByRole('option', { name: 'Operations' }).click()
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog.getByRole('alert').first()).toBeVisible()
  await dialog.getByLabel('Name', { exact: true }).fill('Grace Hopper')
  await dialog.getByLabel('Username').fill('grace')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(dialog).toBeHidden()
  const row = page.getByRole('row', { name: /Grace Hopper/ })
  await expect(row).toContainText('Operations')

  await row.getByRole('button', { name: 'Actions for Grace Hopper' }).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await expect(row).toContainText('Deactivated')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(row).toContainText('Active')
})

test('the last admin stays, in the rule’s words', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/users')
  await page.getByRole('button', { name: 'Actions for Alice ADMIN' }).click()
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Deactivate' }).click()
  await expect(dialog.getByRole('alert')).toContainText('The last admin can be neither demoted nor deactivated.')
})

test('changes by others appear without a reload', async ({ page, browser, hub }) => {
  await signIn(page, hub, 'demo-admin', '/projects')
  const context = await browser.newContext({ locale: 'en-GB' })
  const other = await context.newPage()
  await signIn(other, hub, 'demo-projets', '/projects')
  await expect(other.getByText('Live', { exact: true })).toBeVisible()

  await page.getByRole('button', { name: 'New project' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).first().fill('Billing')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('heading', { name: 'Billing', level: 1 })).toBeVisible()
  await expect(other.getByRole('link', { name: /Billing/ })).toBeVisible()
  await context.close()
})

test('an owner edits a project, and only an admin its policy', async ({ page, browser, hub }) => {
  await signIn(page, hub, 'demo-projets', '/projects')
  await page.getByRole('link', { name: /Monitoring Stack/ }).click()
  await expect(page.getByRole('table', { name: 'Environments' })).toContainText('staging')
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Add an environment' }).click()
  const fourth = page.getByRole('group', { name: 'Environment 4' })
  await fourth.getByLabel('Name', { exact: true }).fill('prod')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  await fourth.getByLabel('Name', { exact: true }).fill('prod-eu')
  await fourth.getByRole('combobox', { name: 'Tier' }).click()
  await page.getByRole('option', { name: 'Prod' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Monitoring Stack is saved.', { exact: true }).first()).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('tab', { name: 'Overview' }).click()
  await expect(page.getByRole('table', { name: 'Environments' })).toContainText('prod-eu')
  await page.getByRole('tab', { name: 'Policy' }).click()
  await expect(page.getByText('Only administrators change this.')).toBeVisible()

  const context = await browser.newContext({ locale: 'en-GB' })
  const admin = await context.newPage()
  await signIn(admin, hub, 'demo-admin', new URL(page.url()).pathname.replace('/app', ''))
  await admin.getByRole('tab', { name: 'Policy' }).click()
  await admin.getByLabel('Approvals are good for (hours)').fill('24')
  await admin.getByLabel('Time limit (s)').fill('900')
  await expectAccessibleInBothThemes(admin)
  await admin.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(admin.getByText('Monitoring Stack is saved.', { exact: true }).first()).toBeVisible()
  await expect(page.getByLabel('Approvals are good for (hours)')).toHaveValue('24')
  await context.close()
})

test('who changes a shared pool is told what collides now', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const staging = (await conflictsOf(api)).find(({ pool }) => pool === 'staging')
  const [first] = staging?.jobs ?? []
  const { project_id: id } = await api.job(first?.id ?? '')
  const path = `/projects/${id}`
  type Project = { name: string; environments: { id: string; name: string; pool: string }[] }
  const { name, environments } = await api.get<Project>(path)
  const apart = environments.map((environment) => (environment.name === 'staging' ? { ...environment, pool: 'staging-apart' } : environment))
  await api.patch(path, { environments: apart })
  const colliding = async () => new Set((await conflictsOf(api)).flatMap(({ jobs }) => jobs.map((job) => job.id))).size
  const before = await colliding()

  await signIn(page, hub, 'demo-admin', path)
  await page.getByRole('tab', { name: 'Settings' }).click()
  const at = environments.findIndex((environment) => environment.name === 'staging')
  const pool = page.getByRole('group', { name: `Environment ${at + 1}` }).getByLabel('Shared pool')
  await expect(pool).toHaveValue('staging-apart')
  await pool.fill('')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText(`${name} is saved.`, { exact: true }).first()).toBeVisible()
  const more = (await colliding()) - before
  expect(more).toBeGreaterThan(0)
  const told = page.getByText(new RegExp(`^Shared pools have changed: ${more} more jobs? collides? in the next 30 days\\.$`))
  await expect(told.first()).toBeVisible()
  await expect(pool).toHaveValue('staging')
  await page.getByRole('button', { name: 'Resolve all…' }).click()
  await expect(page.getByRole('dialog', { name: 'Resolve all conflicts' })).toBeVisible()

  // A pool that frees jobs is nothing to be told of.
  await page.keyboard.press('Escape')
  await pool.fill('staging-apart')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect.poll(colliding).toBe(before)
  await expect(pool).toHaveValue('staging-apart')
  await expect(told).toHaveCount(0)
})

test('a link to a person shows and opens them', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const { items } = await api.get<{ items: { id: string; username: string }[] }>('/users')
  const ops = items.find(({ username }) => username === 'demo-ops')
  await signIn(page, hub, 'demo-admin', `/users?id=${ops?.id}`)
  await expect(page.getByRole('dialog').getByLabel('Username')).toHaveValue('demo-ops')
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/\/users$/)
})
