import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, startHub, test } from './hub'

const ROLES = ['demo-admin', 'demo-projets', 'demo-dev', 'demo-ops']

test('each demo account signs in by the form', async ({ page, hub }) => {
  for (const username of ROLES) {
    await signIn(page, hub, username)
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  }
})

test('a demo account enters by one click, and lands where it wanted to go', async ({ page, hub }) => {
  await page.goto(`${hub.url}/app/projects`)
  await expect(page).toHaveURL(/signin\?next=\/projects/)
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: /Bruno PROJETS/ }).click()
  await expect(page.getByRole('heading', { name: 'Projects', level: 1 })).toBeVisible()
  await expect(page).toHaveTitle('Projects · uHub')
})

test('a wrong password is said, and nothing else of it', async ({ page, hub }) => {
  await page.goto(`${hub.url}/app/signin?next=//evil.example`)
  await page.getByLabel('Username').fill('demo-dev')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toHaveText('Unknown user or wrong password.')
  await page.getByLabel('Password', { exact: true }).fill('demo-dev')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${hub.url}/app/calendar`)
})

test('the session outlives a reload, and no script can read what renews it', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev')
  await page.reload()
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
  expect(await page.evaluate(() => document.cookie)).toBe('')
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  expect(kept).not.toContain('eyJ')
})

test('signing out everywhere ends the other browser’s session, which asks for the password and loses nothing', async ({ browser, hub }) => {
  const [here, there] = await Promise.all([browser.newContext({ locale: 'en-GB' }), browser.newContext({ locale: 'en-GB' })])
  const [page, other] = await Promise.all([here.newPage(), there.newPage()])
  await signIn(page, hub, 'demo-projets', '/settings')
  await signIn(other, hub, 'demo-projets', '/settings')
  await other.getByLabel('Name', { exact: true }).fill('Bruno who typed this')

  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()

  const dialog = other.getByRole('dialog', { name: 'Your session has ended' })
  // The stream of changes ends with the session: nobody has to press anything to learn of it.
  await expect(dialog).toBeVisible()
  await expectAccessibleInBothThemes(other)
  await dialog.getByLabel('Password', { exact: true }).fill('wrong')
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await expect(dialog.getByRole('alert')).toHaveText('Unknown user or wrong password.')
  await dialog.getByLabel('Password', { exact: true }).fill('demo-projets')
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await expect(dialog).toBeHidden()
  await expect(other.getByLabel('Name', { exact: true })).toHaveValue('Bruno who typed this')
  await other.getByRole('button', { name: 'Save' }).click()
  await expect(other.getByText('Your profile is saved.', { exact: true }).first()).toBeVisible()
  await Promise.all([here.close(), there.close()])
})

test('a hub without users is set up by its first admin', async ({ page }) => {
  const hub = await startHub({ args: [] })
  try {
    await page.goto(`${hub.url}/app/calendar`)
    await expect(page.getByRole('heading', { name: 'Welcome to uHub' })).toBeVisible()
    await expectAccessibleInBothThemes(page)
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Email').fill('not an address')
    await page.getByLabel('Password', { exact: true }).fill('a sentence to remember')
    await page.getByRole('button', { name: 'Create the administrator' }).click()
    await expect(page.getByLabel('Email')).toHaveAttribute('aria-invalid', 'true')
    await page.getByLabel('Email').fill('ada@example.org')
    await page.getByRole('button', { name: 'Create the administrator' }).click()
    await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' })).toBeVisible()
  } finally {
    await hub.stop()
  }
})
