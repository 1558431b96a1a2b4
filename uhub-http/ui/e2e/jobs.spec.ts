import { apiAs, SHELL } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, startHub, test as base, type Hub } from './hub'

const test = base.extend<object, { shell: Hub }>({
  shell: [
    async ({}, use) => {
      const hub = await startHub({ args: ['--demo', ...SHELL] })
      await use(hub)
      await hub.stop()
    },
    { scope: 'worker' },
  ],
})

const EVIL = '"><img src=x onerror=alert(1)><b>{{7*7}}</b>'

test('jobs are found by filters that live in the address', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/jobs')
  await expect(page.getByRole('link', { name: /Release k3s/ })).toBeVisible()
  await page.getByRole('searchbox', { name: 'Find by title' }).fill('rapport')
  await expect(page).toHaveURL(/q=rapport/)
  await expect(page.getByRole('link', { name: /Release k3s/ })).toBeHidden()
  await expect(page.getByRole('link', { name: /Rapport hebdo/ })).toHaveCount(4)
  await page.getByRole('combobox', { name: 'Status' }).click()
  await page.getByRole('option', { name: 'Failed' }).click()
  await expect(page.getByText('No job matches')).toBeVisible()
  await page.goBack()
  await page.goto(`${hub.url}/app/jobs?tier=prod&job_type=maintenance`)
  await expect(page.getByRole('combobox', { name: 'Tier' })).toHaveText('Prod')
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(page).toHaveURL(/\/app\/jobs$/)
  await expect(page.getByRole('link', { name: /Release k3s/ })).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('a job is created, launched and watched to its end', async ({ page, shell }) => {
  await signIn(page, shell, 'demo-dev', `/jobs/new?title=${encodeURIComponent('Say hello')}&job_type=dev&start=2030-01-10T09:00:00Z`)
  await expect(page.getByLabel('Title')).toHaveValue('Say hello')
  await page.getByLabel('Project', { exact: true }).click()
  await page.getByRole('option', { name: 'Projet Pilote App X' }).click()
  await page.getByLabel('Environment').click()
  await page.getByRole('option', { name: 'staging' }).click()
  await page.getByRole('switch', { name: /executes something/ }).click()
  await page.getByRole('switch', { name: /Start by itself/ }).click()
  await page.getByLabel('Backend').click()
  await page.getByRole('option', { name: 'Local program' }).click()
  await expectAccessibleInBothThemes(page)

  // Refused by the hub: told at the control, which is focused.
  await page.getByRole('button', { name: 'Create the job' }).click()
  await expect(page.getByText('Is needed: the program and its arguments.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Program' })).toBeFocused()
  await page.getByRole('textbox', { name: 'Program' }).fill('/bin/sh')
  await page.getByRole('textbox', { name: 'Program' }).press('Enter')
  await page.getByRole('textbox', { name: 'Argument 1' }).fill('-c')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Argument 2' }).fill('echo "hello from uHub"; sleep 1; echo bye')

  // Found before it is sent.
  await page.getByRole('button', { name: 'Add a secret' }).click()
  await page.keyboard.type('PASSWORD')
  await page.keyboard.press('Tab')
  await page.keyboard.type('hunter2')
  await page.getByRole('button', { name: 'Create the job' }).click()
  await expect(page.getByText(/never the secret itself/)).toBeVisible()
  await page.getByRole('button', { name: 'Remove 1 of Secrets' }).click()

  await page.getByRole('button', { name: 'Create the job' }).click()
  await expect(page.getByRole('heading', { name: 'Say hello', level: 1 })).toBeVisible()
  await page.getByRole('button', { name: 'Launch' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('hello from uHub')
  await dialog.getByLabel('Reason').fill('To see it run')
  await dialog.getByRole('button', { name: 'Launch' }).click()

  await expect(page).toHaveURL(/\/app\/runs\//)
  await expect(page.locator('.row').filter({ hasText: 'hello from uHub' })).toBeVisible({ timeout: 15_000 })
  await expect(page.locator('.row').filter({ hasText: 'bye' })).toBeVisible({ timeout: 15_000 })
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 15_000 })
  await expect(page.getByText('To see it run')).toBeVisible()
  await page.getByRole('link', { name: 'Say hello' }).click()
  await expect(page.getByRole('tab', { name: 'Runs' })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('table').getByText('Succeeded')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('a run is cancelled', async ({ page, shell }) => {
  const api = await apiAs(shell, 'demo-admin')
  const run = await api.post<{ id: string }>(`/jobs/${await api.shellJob('echo started; sleep 60')}/runs`)
  await signIn(page, shell, 'demo-admin', `/runs/${run.id}`)
  await expect(page.locator('.row').filter({ hasText: 'started' })).toBeVisible({ timeout: 15_000 })
  await page.getByRole('button', { name: 'Cancel the run' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click()
  await expect(page.getByText('Cancelled').first()).toBeVisible({ timeout: 20_000 })
})

test('what others saved meanwhile is merged, by choice where it matters', async ({ page, shell }) => {
  const api = await apiAs(shell, 'demo-admin')
  const id = await api.shellJob('true', { title: 'Contested' })
  await signIn(page, shell, 'demo-dev', `/jobs/${id}`)
  await page.getByLabel('Title').fill('Mine')
  await page.getByLabel(/Description/).fill('of mine')
  await api.patch(`/jobs/${id}`, { title: 'Theirs', critical: true })
  await expect(page.getByText(/Somebody has changed this job since you began/)).toBeVisible()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Somebody saved before you' })
  await expect(dialog).toContainText('Alice ADMIN')
  await expect(dialog.getByRole('button', { name: 'Save on top' })).toBeDisabled()
  await dialog.getByRole('radio', { name: /Yours/ }).check()
  await dialog.getByRole('button', { name: 'Save on top' }).click()
  await expect(page.getByRole('heading', { name: 'Mine', level: 1 })).toBeVisible()
  expect(await api.get(`/jobs/${id}`)).toMatchObject({ title: 'Mine', description: 'of mine', critical: true })
})

test('what was typed is not left behind unasked', async ({ page, shell }) => {
  const id = await (await apiAs(shell, 'demo-admin')).shellJob('true', { title: 'Unsaved' })
  await signIn(page, shell, 'demo-dev', `/jobs/${id}`)
  await page.getByLabel('Title').fill('Half')
  await page.getByRole('tab', { name: 'Runs' }).click()
  await page.getByRole('tab', { name: 'Details' }).click()
  await expect(page.getByLabel('Title')).toHaveValue('Half')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Projects' }).click()
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' })
  await dialog.getByRole('button', { name: 'Stay here' }).click()
  await expect(page.getByLabel('Title')).toHaveValue('Half')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Projects' }).click()
  await dialog.getByRole('button', { name: 'Leave' }).click()
  await expect(page.getByRole('heading', { name: 'Projects', level: 1 })).toBeVisible()
})

test('what users wrote stays text', async ({ page, shell }) => {
  const dialogs: string[] = []
  page.on('dialog', (one) => {
    dialogs.push(one.message())
    void one.dismiss()
  })
  const api = await apiAs(shell, 'demo-admin')
  const id = await api.shellJob(`echo '${EVIL}'`, {
    title: EVIL,
    description: EVIL,
    execution: { backend: 'local', command: ['/bin/sh', '-c', `echo '\u202e${EVIL}\u001b[31m'`], env: { X: `${EVIL}\u202e` } },
  })
  const run = await api.post<{ id: string }>(`/jobs/${id}/runs`, { reason: EVIL })
  await signIn(page, shell, 'demo-admin', '/jobs')
  for (const path of ['/jobs', `/jobs/${id}`, `/jobs/${id}?tab=runs`, `/jobs/${id}?tab=history`, `/runs/${run.id}`]) {
    await page.goto(`${shell.url}/app${path}`)
    await expect(page.locator('main').getByText(EVIL).first()).toBeVisible()
    expect(await page.locator('main img, main b').count()).toBe(0)
  }
  await expect(page.getByText('⟨U+202E⟩').first()).toBeVisible()
  expect(dialogs).toEqual([])
})

test('who may only look is told so, and shown no form', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const { items } = await api.get<{ items: { id: string }[] }>('/jobs?tier=prod&limit=1')
  await signIn(page, hub, 'demo-dev', `/jobs/${items[0]?.id}`)
  await expect(page.getByText(/You may look at this job, not change it/)).toBeVisible()
  await expect(page.getByLabel('Title')).toHaveCount(0)
  await page.getByRole('tab', { name: 'History' }).click()
  await expect(page.getByText('The history is not for your role')).toBeVisible()
  await expectAccessibleInBothThemes(page)
})
