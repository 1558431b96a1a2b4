import type { Locator, Page } from '@playwright/test'
import { expect, signIn, test } from './hub'

const CODE = /\/assets\/(MenuList|PopoverPanel|SelectList|SheetPanel|ShortcutSheet|CommandPalette|FilterChoices)-[^/]*\.(js|css)$/

const notice = (page: Page) => page.getByText('This could not be opened', { exact: true })

/** What can be opened from the style guide and by keys, and what opens. */
const overlays: Record<string, (page: Page) => { open: () => Promise<void>; opened: Locator; trigger?: Locator }> = {
  menu: (page) => {
    const trigger = page.getByRole('button', { name: 'Menu', exact: true, includeHidden: true })
    return { open: () => trigger.click(), opened: page.getByRole('menu'), trigger }
  },
  popover: (page) => {
    const trigger = page.getByRole('button', { name: 'Popover', exact: true, includeHidden: true })
    return { open: () => trigger.press('Enter'), opened: page.getByRole('dialog'), trigger }
  },
  select: (page) => {
    const trigger = page.getByRole('combobox', { name: 'Backend', includeHidden: true }).first()
    return { open: () => trigger.press('ArrowDown'), opened: page.getByRole('listbox'), trigger }
  },
  sheet: (page) => ({ open: () => page.getByRole('button', { name: 'Sheet', exact: true }).click(), opened: page.getByRole('dialog') }),
  'sheet of shortcuts': (page) => ({ open: () => page.keyboard.press('?'), opened: page.getByRole('dialog', { name: 'Keyboard shortcuts' }) }),
  palette: (page) => ({ open: () => page.keyboard.press('Control+k'), opened: page.getByRole('dialog', { name: 'Commands' }) }),
}

for (const [name, of] of Object.entries(overlays)) {
  test(`where the code of a ${name} does not come, the page stays, and the next try asks again`, async ({ page, hub }) => {
    // From the start: where requests begin to be stopped while the page is busy, the first may still pass.
    await page.route(CODE, (route) => route.abort('connectionfailed'))
    await signIn(page, hub, 'demo-admin', '/styleguide')
    const heading = page.getByRole('heading', { level: 1, name: 'Style guide' })
    await heading.evaluate((element) => element.setAttribute('data-marked', ''))
    const { open, opened, trigger } = of(page)
    for (let time = 0; time < 2; time += 1) {
      // Again where nobody heard it: keys are listened to a moment after the page is there.
      await expect(async () => {
        await open()
        await expect(notice(page)).toHaveCount(1, { timeout: 2000 })
      }).toPass({ timeout: 12_000 })
      if (trigger) await expect(trigger).toHaveAttribute('aria-expanded', 'false')
    }
    await expect(page.locator('h1[data-marked]'), 'the page is the same').toBeVisible()
    await expect(opened).toHaveCount(0)
    await page.unroute(CODE)
    await open()
    await expect(opened).toBeVisible()
  })
}

test('what is only about to be opened fails unheard', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/calendar')
  await expect(page.locator('[data-job]').first()).toBeVisible()
  await page.route(CODE, (route) => route.abort('connectionfailed'))
  const filter = page.getByRole('button', { name: 'Filter', exact: true })
  const asked = page.waitForEvent('requestfailed', (request) => request.url().includes('FilterChoices'))
  await filter.hover()
  await asked
  await page.unroute(CODE)
  await filter.click()
  await expect(page.getByRole('dialog', { name: 'Filter' })).toBeVisible()
  await expect(notice(page)).toHaveCount(0)
  await expect(page.locator('[data-job]').first()).toBeVisible()
})

test('after an update of the hub the page can be loaded again from the notice', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/styleguide')
  await page.route(CODE, (route) => route.fulfill({ status: 404 }))
  await overlays['menu']!(page).open()
  await page.evaluate(() => document.documentElement.setAttribute('data-marked', ''))
  await page.unroute(CODE)
  await page.getByRole('button', { name: 'Load again' }).click()
  await expect(page.locator('html[data-marked]')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('styles that did not come are there at the next try', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/styleguide')
  const { open, opened } = overlays['sheet']!(page)
  const styles = /\/assets\/SheetPanel-[^/]*\.css$/
  await page.route(styles, (route) => route.abort('connectionfailed'))
  await open()
  await expect(notice(page)).toBeVisible()
  await open()
  await expect(notice(page)).toHaveCount(1)
  await expect(opened).toHaveCount(0)
  await page.unroute(styles)
  await open()
  await expect(opened).toHaveCSS('position', 'fixed')
})

test('the notice is shown as soon as it can be', async ({ page, hub }) => {
  const notices = /\/assets\/UToasts-[^/]*\.js$/
  await page.route(notices, (route) => route.abort('connectionfailed'))
  await page.route(CODE, (route) => route.abort('connectionfailed'))
  await signIn(page, hub, 'demo-admin', '/styleguide')
  const failed = page.waitForEvent('requestfailed', (request) => notices.test(request.url()))
  await overlays['menu']!(page).open()
  await failed
  await page.unroute(notices)
  await expect(notice(page)).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})
