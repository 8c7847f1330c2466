import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function drillTests(): void {
  test('a drill is started for one service, shows as on, and is ended', async () => {
    const { emulator, call } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    await page.getByRole('combobox', { name: 'For' }).selectOption('user-profiles')
    await page.getByRole('button', { name: 'Start: Front doors: 503, 3 times' }).click()
    const end = page.getByRole('button', { name: /^End: / })
    await end.waitFor()
    expect(await page.getByRole('link', { name: 'Drills' }).textContent()).toContain('1 active')
    expect(await call()).toBe(503)
    await end.click()
    await page.getByRole('heading', { name: 'Nothing goes wrong on purpose' }).waitFor()
    expect(await call()).toBe(200)
  })

  test('a call that a drill answered is told from one that the service answered', async () => {
    const { emulator, call } = await startWorld()
    const drill = await emulator.drill({ fault: { kind: 'html' }, endpoint: 'front-door' })
    expect(await call()).toBe(200)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: '/profiles/7 200 drill' }).click()
    await page.getByRole('heading', { name: 'Answered by a drill' }).waitFor()
    const steps = await page.locator('.step h4').allTextContents()
    expect(steps.at(-1)).toBe(`Drill ${drill.id} answered: 200`)
  })

  test('a call whose caller hung up has no answer', async () => {
    const { emulator, call } = await startWorld()
    emulator.forwardTo('user-profiles', await listen(() => undefined))
    await expect(call({ signal: AbortSignal.timeout(100) })).rejects.toThrow()
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: '/profiles/7 499 caller' }).click()
    await page.getByRole('heading', { name: 'Not answered' }).waitFor()
    const steps = await page.locator('.step h4').allTextContents()
    expect(steps.slice(-2)).toEqual(['Handed to user-profiles', 'The caller hung up'])
  })

  test('all drills are ended at once', async () => {
    const { emulator } = await startWorld()
    await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
    await emulator.drill({ fault: { kind: 'status', status: 503 }, endpoint: 'jwks' })
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    await page.getByRole('button', { name: 'End all' }).click()
    await page.getByRole('heading', { name: 'Nothing goes wrong on purpose' }).waitFor()
  })
}
