import type { Page } from '@playwright/test'
import { apiAs, type Api } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'
import { wordsOf } from './words'

interface Job {
  id: string
  title: string
  status: string
  series_id: string | null
  planned_start: string
}

/** Occurrences are laid out for a year: these are the Tuesdays of the month after next, and the days after them. */
const NOW = new Date()
const FIRST = new Date(Date.UTC(NOW.getUTCFullYear(), NOW.getUTCMonth() + 2, 1))
const TUESDAY = 1 + ((9 - FIRST.getUTCDay()) % 7)
const on = (later: number) => new Date(FIRST.getTime() + (TUESDAY - 1 + later) * 86_400_000).toISOString().slice(0, 10)
const START = `${on(0)}T09:00:00Z`
const TUESDAYS = [on(0), on(7), on(14), on(21)]
const MONTH = { from: FIRST.toISOString(), to: `${on(25)}T00:00:00Z` }
const said = (day: string) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(day))

/** Its occurrences in the first weeks, in order: the day and the status of each. */
async function occurrences(api: Api, title: string): Promise<Job[]> {
  const { items } = await api.get<{ items: Job[] }>(`/jobs?q=${encodeURIComponent(title)}&${new URLSearchParams(MONTH)}&limit=100`)
  return items.filter((job) => job.title.startsWith(title)).sort((a, b) => a.planned_start.localeCompare(b.planned_start))
}
const days = (jobs: Job[]) => jobs.map(({ planned_start }) => planned_start.slice(0, 10))

async function plan(api: Api, title: string): Promise<Job[]> {
  await api.post('/jobs', {
    project_id: await api.projectId('Projet Pilote App X'), title, job_type: 'dev', environment: 'dev', planned_start: START, recurrence: { rule: 'FREQ=WEEKLY' },
  })
  const all = await occurrences(api, title)
  expect(days(all)).toEqual(TUESDAYS)
  return all
}

/** Drags a job of the month to another day. */
async function drag(page: Page, id: string, to: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  const [from, target] = await Promise.all([page.locator(`[data-job="${id}"]`).first().boundingBox(), page.locator(`[role=gridcell][data-date="${to}"]`).last().boundingBox()])
  if (!from || !target) throw new Error('it is not on the screen')
  const at = { x: from.x + from.width / 2, y: from.y + from.height / 2 }
  await page.mouse.move(at.x, at.y)
  await page.mouse.down()
  await page.mouse.move(at.x + 8, at.y + 2, { steps: 4 })
  await page.mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 12 })
  await page.mouse.up()
}

const month = (project: string) => `/calendar?view=month&date=${on(0)}&project=${project}`

test('a job is planned to repeat every week, told in words, and shown with its series', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await signIn(page, hub, 'demo-dev', `/jobs/new?title=Weekly%20look&job_type=dev&start=${START}`)
  await page.getByLabel('Project', { exact: true }).click()
  await page.getByRole('option', { name: 'Projet Pilote App X' }).click()
  await page.getByLabel('Repeats').click()
  await page.getByRole('option', { name: 'Every week', exact: true }).click()
  await page.getByRole('button', { name: 'Thursday' }).click()
  await page.getByLabel('Every how many').fill('0')
  await page.getByRole('button', { name: 'Create the job' }).click()
  await expect(page.getByLabel('Every how many')).toBeFocused()
  await page.getByLabel('Every how many').fill('1')
  await page.getByRole('combobox', { name: 'Ends' }).click()
  await page.getByRole('option', { name: 'After a number of times' }).click()
  await page.getByLabel('How often').fill('5')
  await expect(page.getByText('Every week on Tuesday and Thursday, 5 times')).toBeVisible()
  await expect(page.getByText(`The next: ${said(on(2))}`)).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: 'Create the job' }).click()
  await expect(page.getByRole('heading', { name: 'Weekly look', level: 1 })).toBeVisible()
  await expect.poll(async () => days(await occurrences(api, 'Weekly look'))).toEqual([on(0), on(2), on(7), on(9), on(14)])
  const card = page.getByRole('region', { name: 'Repeats' })
  await expect(card).toContainText('Every week on Tuesday and Thursday, 5 times')
  await expect(card).toContainText(said(on(9)).slice(0, -5))
  await expectAccessibleInBothThemes(page)

  await page.goto(`${hub.url}/app/jobs?q=Weekly%20look`)
  await expect(page.getByRole('img', { name: 'Repeats' })).toHaveCount(5)
})

test('a dragged occurrence moves alone, unless more is asked for', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const [, second, third] = await plan(api, 'Dragged')
  if (!second || !third) throw new Error('no occurrences')
  const project = await api.projectId('Projet Pilote App X')
  await signIn(page, hub, 'demo-dev', month(project))
  await expect(page.locator(`[data-job="${second.id}"] .ev-repeat`)).toBeVisible()

  // Thought better of: nothing has moved.
  await drag(page, second.id, on(8))
  const question = page.getByRole('dialog', { name: 'Move what repeats' })
  await expect(question.getByRole('radio', { name: /^This one/ })).toBeChecked()
  await expectAccessibleInBothThemes(page, '[role=dialog]')
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  expect(days(await occurrences(api, 'Dragged'))).toEqual(TUESDAYS)

  await drag(page, second.id, on(8))
  await question.getByRole('button', { name: 'Move', exact: true }).click()
  await expect.poll(async () => days(await occurrences(api, 'Dragged'))).toEqual([on(0), on(8), on(14), on(21)])

  // By keys alone, and those after it go along.
  await page.locator(`[data-job="${third.id}"]`).first().focus()
  await page.keyboard.press('m')
  const move = page.getByRole('dialog', { name: 'Move “Dragged”' })
  await move.getByRole('button', { name: 'A day later' }).press('ArrowDown')
  await move.getByRole('button', { name: 'Move', exact: true }).press('Enter')
  await expect(question).toBeVisible()
  await question.getByRole('radio', { name: /^This one/ }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(async () => days(await occurrences(api, 'Dragged'))).toEqual([on(0), on(8), on(15), on(22)])

  // And come back together.
  await page.getByRole('listitem').filter({ hasText: 'The series is changed.' }).getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => days(await occurrences(api, 'Dragged'))).toEqual([on(0), on(8), on(14), on(21)])
})

test('an edit goes to the following, and a cancellation to all', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const [first, second] = await plan(api, 'Edited')
  if (!first || !second) throw new Error('no occurrences')
  await signIn(page, hub, 'demo-dev', `/jobs/${second.id}`)
  await page.getByLabel('Title').fill('Edited since')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const question = page.getByRole('dialog', { name: 'Change what repeats' })
  await question.getByRole('radio', { name: /^This and the following/ }).check()
  await question.getByRole('button', { name: 'Save' }).click()
  const titles = async () => (await occurrences(api, 'Edited')).map(({ title }) => title)
  await expect.poll(titles).toEqual(['Edited', 'Edited since', 'Edited since', 'Edited since'])

  await page.goto(`${hub.url}/app/jobs/${second.id}`)
  await page.getByRole('button', { name: 'Repeat otherwise…' }).click()
  const rule = page.getByRole('dialog', { name: 'How it repeats' })
  await rule.getByLabel('Every how many').fill('2')
  await expectAccessibleInBothThemes(page, '[role=dialog]')
  await rule.getByRole('button', { name: 'Save' }).click()
  await expect(rule).toBeHidden()
  const alive = async () => days((await occurrences(api, 'Edited')).filter(({ status }) => status !== 'cancelled'))
  await expect.poll(alive).toEqual([on(0), on(7), on(21)])

  await page.getByRole('button', { name: 'Cancel the job' }).click()
  const cancel = page.getByRole('dialog', { name: 'Cancel what repeats' })
  await cancel.getByRole('radio', { name: /^All/ }).check()
  await cancel.getByRole('button', { name: 'Cancel them' }).click()
  await expect.poll(alive).toEqual([on(0)])
})

test('the palette asks how much of what repeats is cancelled, by keyboard alone', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await plan(api, 'Recited')
  const alive = async () => days((await occurrences(api, 'Recited')).filter(({ status }) => status !== 'cancelled'))
  await signIn(page, hub, 'demo-dev', '/freezes')
  const palette = page.getByRole('dialog', { name: 'Commands' })
  const question = page.getByRole('dialog', { name: 'Cancel what repeats' })
  const highlighted = page.locator('[role=option][data-highlighted]')
  async function ask(): Promise<void> {
    await page.keyboard.press('Control+k')
    await expect(palette.getByRole('combobox')).toBeFocused()
    await page.keyboard.type('cancel a job')
    await expect(highlighted).toHaveText(/Cancel a job/)
    await page.keyboard.press('Enter')
    await page.keyboard.type('Recited')
    await expect(highlighted).toContainText('Repeats')
    await page.keyboard.press('Enter')
    await expect(palette).toBeHidden()
    await expect(question.getByRole('radio', { name: /^This one/ })).toBeFocused()
  }

  // Thought better of, nothing happens.
  await ask()
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  expect(await alive()).toEqual(TUESDAYS)

  await ask()
  await page.keyboard.press('Enter')
  await expect.poll(alive).toEqual(TUESDAYS.slice(1))

  // From the second on, which is the first that is left.
  await ask()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(alive).toEqual([])
})

test('quick create plans what repeats', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await signIn(page, hub, 'demo-dev', `/calendar?view=month&date=${on(0)}`)
  await page.getByRole('button', { name: 'New job' }).first().click()
  const form = page.getByRole('dialog', { name: 'New job' })
  await form.getByLabel('Title').fill('Quickly again')
  await form.getByLabel('Repeats').click()
  await page.getByRole('option', { name: 'Every month on this day' }).click()
  await form.getByRole('button', { name: 'Create' }).click()
  await expect(form).toBeHidden()
  await expect.poll(async () => (await api.get<{ items: Job[] }>('/jobs?q=Quickly%20again&limit=100')).items.length).toBeGreaterThan(3)
})

test.describe('in French', () => {
  test.use({ locale: 'fr-FR' })
  test('the rule is a sentence', async ({ page, hub }) => {
    const api = await apiAs(hub, 'demo-admin')
    const [first] = await plan(api, 'En français')
    await signIn(page, hub, 'demo-dev', `/jobs/${first?.id}`, wordsOf('fr'))
    await expect(page.getByRole('region', { name: 'Répétition' })).toContainText('Toutes les semaines, le mardi')
    await expectAccessibleInBothThemes(page)
  })
})
