import { expect, test } from 'vitest'
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

  test('all drills are ended at once', async () => {
    const { emulator } = await startWorld()
    await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
    await emulator.drill({ fault: { kind: 'status', status: 503 }, endpoint: 'jwks' })
    const page = await openPage(emulator.url, { path: '/?view=drills' })
    await page.getByRole('button', { name: 'End all' }).click()
    await page.getByRole('heading', { name: 'Nothing goes wrong on purpose' }).waitFor()
  })
}
