import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function drillTests(): void {
  test('a drill is started for one service, shows as active, and is ended', async () => {
    const { emulator, call } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    await page
      .getByRole('combobox', { name: 'Metadata server and front door of' })
      .selectOption('user-profiles')
    await page.getByRole('button', { name: 'Start: Front doors: 503, 3 times' }).click()
    const end = page.getByRole('button', { name: /^End: / })
    await end.waitFor()
    expect(await page.getByRole('link', { name: 'Drills' }).textContent()).toContain('1 active')
    expect(await call()).toBe(503)
    await end.click()
    await page.getByRole('heading', { name: 'No active drills' }).waitFor()
    expect(await call()).toBe(200)
  })

  test('any fault can be started at every possible endpoint', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    const form = page.getByRole('form', { name: 'Any fault, anywhere' })
    const faults = await optionsOf(form.getByLabel('What goes wrong'))
    let started = 0
    for (const fault of faults) {
      await form.getByLabel('What goes wrong').selectOption(fault)
      const where = form.getByLabel('Where')
      const places = (await where.count()) > 0 ? await optionsOf(where) : [undefined]
      for (const place of places) {
        if (place !== undefined) await where.selectOption(place)
        await form.getByRole('button', { name: 'Start' }).click()
        started += 1
      }
    }
    expect(started).toBe(5 * 17 + 2 * 4 + 2 + 2)
    await page.getByRole('link', { name: `Drills ${started} active` }).waitFor()
    expect(await form.locator('.problem').count()).toBe(0)
  }, 60_000)

  test('a drill with all options is started from the form', async () => {
    const { emulator, call } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    const form = page.getByRole('form', { name: 'Any fault, anywhere' })
    await form.getByLabel('Status').fill('429')
    await form.getByLabel('Retry-After').fill('7')
    await form.getByLabel('Where').selectOption('front-door')
    await form.getByRole('combobox', { name: 'For' }).selectOption('user-profiles')
    await form.getByLabel('How many times').fill('1')
    // A click waits until the page follows the emulator and the button is enabled; a key doesn't.
    await form.getByRole('button', { name: 'Start' }).click({ trial: true })
    await form.getByLabel('How many times').press('Enter')
    await page.getByText('front-door of user-profiles: 429, Retry-After 7 s, once').waitFor()
    expect([await call(), await call()]).toEqual([429, 200])
    await page.getByRole('heading', { name: 'No active drills' }).waitFor()
  })

  test('the form does not start an invalid drill', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    const form = page.getByRole('form', { name: 'Any fault, anywhere' })
    await form.getByLabel('Status').fill('200')
    await form.getByRole('button', { name: 'Start' }).click()
    expect(await form.locator(':invalid').count()).toBe(1)
    expect(emulator.events.kept).toEqual([])
  })

  test('a call that a drill answered is distinguished from one that the service answered', async () => {
    const { emulator, call } = await startWorld()
    const drill = await emulator.drill({ fault: { kind: 'html' }, endpoint: 'front-door' })
    expect(await call()).toBe(200)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: '/profiles/7 200 drill' }).click()
    await page.getByRole('heading', { name: 'Answered by a drill' }).waitFor()
    const steps = await page.locator('.step h4').allTextContents()
    expect(steps.at(-1)).toBe(`Drill ${drill.id} answered: 200`)
  })

  test('a call whose caller disconnected has no answer', async () => {
    const { emulator, call } = await startWorld()
    emulator.forwardTo('user-profiles', await listen(() => undefined))
    await expect(call({ signal: AbortSignal.timeout(100) })).rejects.toThrow()
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: '/profiles/7 499 caller' }).click()
    await page.getByRole('heading', { name: 'Not answered' }).waitFor()
    const steps = await page.locator('.step h4').allTextContents()
    expect(steps.slice(-2)).toEqual(['Forwarded to user-profiles', 'The caller disconnected'])
  })

  test('a drill that a cached token hides says so, and for how long', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await emulator.drill({ fault: { kind: 'expired-token' }, endpoint: 'identity' })
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    expect(await page.locator('.drills .note').textContent()).toMatch(
      /^login holds a token until \d\d:\d\d/,
    )
  })

  test('all drills are ended at once', async () => {
    const { emulator } = await startWorld()
    await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
    await emulator.drill({ fault: { kind: 'status', status: 503 }, endpoint: 'jwks' })
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    await page.getByRole('button', { name: 'End all' }).click()
    await page.getByRole('heading', { name: 'No active drills' }).waitFor()
  })
}

/** The values of a select field. */
function optionsOf(select: Locator): Promise<string[]> {
  return select.locator('option').evaluateAll((options) => {
    return options.map((option) => (option as HTMLOptionElement).value)
  })
}
