import { get } from 'node:http'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('the frame is used by keyboard alone', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/dashboard')
  await page.keyboard.press('g')
  await page.keyboard.press('p')
  await expect(page).toHaveURL(/\/app\/projects$/)
  await page.keyboard.press('g')
  await page.keyboard.press('u')
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible()

  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()

  await page.getByRole('searchbox').focus()
  await page.keyboard.type('gp?')
  await expect(page.getByRole('searchbox')).toHaveValue('gp?')
})

test('the first stop of the keyboard skips to the content', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/projects')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Projects', level: 1 })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('#content')).toBeFocused()
})

test('a tooltip comes by pointer and by keys, describes, and leaves by Escape', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/calendar')
  const previous = page.getByRole('button', { name: 'Previous', exact: true })
  const tooltip = page.getByRole('tooltip')
  await previous.hover()
  await expect(tooltip).toHaveText(/Previous/)
  await expect(previous).toHaveAccessibleDescription(/Previous/)
  // What it tells can be pointed at.
  await tooltip.hover()
  await expect(tooltip).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(tooltip).toBeHidden()
  await expect(previous).not.toHaveAttribute('aria-describedby')

  await page.mouse.move(0, 0)
  await page.getByRole('button', { name: 'Today', exact: true }).focus()
  await page.keyboard.press('Shift+Tab')
  await expect(previous).toBeFocused()
  await expect(tooltip).toHaveText(/Previous/)
  await page.keyboard.press('Tab')
  await expect(tooltip).toBeHidden()
})

test('a menu that nobody was at before opens by an arrow, and gives the focus back', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/projects')
  const account = page.getByRole('button', { name: 'Account' })
  await expect(account).toHaveAttribute('aria-haspopup', 'menu')
  await expect(account).toHaveAttribute('aria-expanded', 'false')
  await account.focus()
  await page.keyboard.press('ArrowDown')
  const menu = page.getByRole('menu')
  await expect(menu).toBeVisible()
  await expect(account).toHaveAttribute('aria-controls', (await menu.getAttribute('id')) ?? '')
  await expect(menu.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeHidden()
  await expect(account).toBeFocused()
  // By the pointer: open, and closed by the same button.
  await account.click()
  await expect(menu).toBeVisible()
  await account.click()
  await expect(menu).toBeHidden()
})

test('language and theme are chosen, kept, and said to the browser', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-ops', '/settings')
  await page.getByRole('radio', { name: 'Français' }).check()
  await expect(page.getByRole('heading', { name: 'Réglages', level: 1 })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await page.getByRole('radio', { name: 'Clair' }).check()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Réglages', level: 1 })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
})

test('who may not, is not led there', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev')
  const navigation = page.getByRole('navigation', { name: 'Main' })
  await expect(navigation.getByRole('link', { name: 'Projects' })).toBeVisible()
  await expect(navigation.getByRole('link', { name: 'Users' })).toHaveCount(0)
  await expect(navigation.getByRole('link', { name: 'Audit' })).toHaveCount(0)
})

test('without a connection it says so', async ({ page, context, hub }) => {
  await signIn(page, hub, 'demo-dev', '/projects')
  await context.setOffline(true)
  await expect(page.getByRole('alert')).toContainText('You are offline')
  await context.setOffline(false)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('what does not exist says so, in the frame', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/no/such/page')
  await expect(page.getByText('There is nothing here').last()).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('on a phone the pages are at the bottom', async ({ page, hub }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await signIn(page, hub, 'demo-admin', '/dashboard')
  await page.getByRole('button', { name: 'Open the menu' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Users' }).click()
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await expectAccessibleInBothThemes(page)
})

test('nothing is refused by the content security policy', async ({ page, hub }) => {
  const refused: string[] = []
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text())
  })
  await signIn(page, hub, 'demo-admin', '/styleguide')
  await page.getByRole('combobox', { name: 'Backend' }).first().click()
  const closeBy = async (role: 'dialog' | 'listbox' | 'menu') => {
    // What comes only now hears no key before.
    await expect(page.getByRole(role)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole(role)).toHaveCount(0)
  }
  await closeBy('listbox')
  for (const [name, role] of [['Dialog', 'dialog'], ['Sheet', 'dialog'], ['Menu', 'menu'], ['Popover', 'dialog']] as const) {
    await page.getByRole('button', { name, exact: true }).click()
    await closeBy(role)
  }
  await page.getByRole('button', { name: 'Message', exact: true }).click()
  await expect(page.getByText('The job is moved.', { exact: true }).first()).toBeVisible()
  await expectAccessibleInBothThemes(page)
  expect(refused).toEqual([])
})

/** What a file weighs as it travels. */
const weight = (url: string) => new Promise<number>((resolve, reject) => {
  get(url, { headers: { 'Accept-Encoding': 'br' } }, (answer) => {
    let bytes = 0
    answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes)).on('error', reject)
  }).on('error', reject)
})

test('a first visit of the calendar costs less than 210 kB of code', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/settings')
  // By the page's own clock: what comes once the calendar can be used is no part of the first load, however slowly this test looks.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-job]')) return
      observer.disconnect()
      performance.mark('jobs shown')
    }).observe(document, { childList: true, subtree: true, attributes: true })
  })
  // A slow line: what can wait must not overtake the grid.
  await page.route(/calendar-lib.*\.js/, async (route) => {
    await new Promise((done) => setTimeout(done, 500))
    await route.continue()
  })
  await page.goto(`${hub.url}/app/calendar?view=month`)
  await page.locator('[data-job]').first().waitFor()
  const files = await page.evaluate(() => {
    const shown = performance.getEntriesByName('jobs shown')[0]!.startTime
    const asked = performance.getEntriesByType('resource').filter((one) => one.startTime < shown && /\/assets\/.*\.(js|css)$/.test(one.name))
    return [...new Set(asked.map((one) => one.name))]
  })
  expect(files.join('\n')).toContain('calendar-lib')
  const weights = await Promise.all(files.map(weight))
  expect(weights.reduce((sum, bytes) => sum + bytes, 0), files.join('\n')).toBeLessThan(210_000)
})
