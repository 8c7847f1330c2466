import type { Emulator } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { expectAccessible } from './_axe.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function refusalTests(): void {
  test('a call that serviceFetch stopped is a row, and its panel says what to do', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url)
    await page.getByText('Live', { exact: true }).waitFor()
    await report(emulator)
    const row = page.getByRole('row', { name: 'login → user-profiles' })
    await row.waitFor()
    expect(await row.textContent()).toMatch(
      /GET \/profile\/7not sentserviceFetchoperation_not_allowed$/,
    )
    await row.click()
    const panel = page.getByRole('region', { name: 'login → user-profiles' })
    await panel.getByRole('heading', { name: 'Stopped by serviceFetch in login' }).waitFor()
    expect(await panel.locator('strong').textContent()).toBe('Did you mean GET /profiles/7?')
    expect(await panel.locator('.mismatch dd').allTextContents()).toEqual([
      'GET /profile/7',
      'GET /profiles/7or GET /profiles/:id',
    ])
    expect(await panel.locator('pre').isVisible()).toBe(false)
    await expectAccessible(page, 'a refusal of serviceFetch')
    await page.keyboard.press('Escape')
    expect(await page.locator('.call-panel').count()).toBe(0)
  })

  test('the URL of a refusal and of a call opens it, as the lines in the terminal need', async () => {
    const { emulator, call } = await startWorld()
    await report(emulator)
    await call({ as: 'search' })
    const [refusal, refused] = ['refusal', 'call'].map((type) => {
      return emulator.events.kept.find((event) => event.type === type)?.id
    })
    const page = await openPage(emulator.url, { path: `/?call=${refusal}` })
    await page.getByRole('heading', { name: 'Stopped by serviceFetch in login' }).waitFor()
    await page.goto(`${emulator.url}/?call=${refused}`)
    await page.getByRole('heading', { name: 'Refused not_invoker' }).waitFor()
  })

  test('a target that has the operation is guessed for a URL that no target has', async () => {
    const { emulator } = await startWorld()
    const { target: _, ...nowhere } = { ...sample, path: '/profiles/7' }
    await report(emulator, { ...nowhere, code: 'target_not_allowed' })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').click()
    await page.getByText("Did you mean user-profiles? Write policy.url('user-profiles').").waitFor()
  })

  test('an error of a service names the call that its serviceFetch stopped meanwhile', async () => {
    const { emulator, call } = await startWorld()
    const app = await listen(async (_req, res) => {
      await report(emulator, { ...sample, service: 'user-profiles', target: 'search' })
      res.writeHead(500).end()
    })
    emulator.forwardTo('user-profiles', app)
    expect(await call()).toBe(500)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: '/profiles/7 500' }).click()
    await page.locator('.verdict').getByRole('link', { name: 'GET /profile/7' }).click()
    await page.getByRole('heading', { name: 'Stopped by serviceFetch in user-profiles' }).waitFor()
  })
}

const sample = {
  service: 'login',
  method: 'GET',
  target: 'user-profiles',
  path: '/profile/7',
  code: 'operation_not_allowed',
}

/** Reports a refusal as serviceFetch does. */
async function report(emulator: Emulator, refusal: object = sample): Promise<void> {
  const { status } = await fetch(`${emulator.url}/emulator/v1/refusals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(refusal),
  })
  expect(status).toBe(204)
}
