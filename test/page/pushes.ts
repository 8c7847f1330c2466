import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function pushTests(): void {
  test('a delivery is sent, and its attempts are listed with their outcome', async () => {
    const { emulator } = await startWorld()
    let attempts = 0
    const app = await listen((_req, res) => {
      attempts += 1
      res.writeHead(attempts === 1 ? 503 : 204).end()
    })
    emulator.forwardTo('search', app)
    const page = await openPage(emulator.url, { path: '/?view=pushes' })
    await page.getByLabel('Data').fill('{ "order": 7 }')
    await page.getByLabel('Attributes').fill('kind=test')
    await page.getByLabel('Retries').selectOption('1000')
    await page.getByRole('button', { name: 'Send' }).click()
    const rows = page.getByRole('table').locator('tbody tr')
    await rows.nth(1).waitFor()
    const [newest, first] = await rows.allTextContents()
    expect(first).toMatch(/orders Pub\/Subsearch1503 Callwill be retried.+ later$/)
    expect(newest).toMatch(/orders Pub\/Subsearch2204 Callacknowledged$/)
    await rows.first().getByRole('link', { name: 'Call' }).click()
    await page.getByRole('heading', { name: 'Answered', exact: true }).waitFor()
  })

  test('an invalid attribute is explained', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=pushes' })
    await page.getByLabel('Attributes').fill('no value')
    await page.getByRole('button', { name: 'Send' }).click()
    await page
      .locator('.problem', {
        hasText: 'Attributes must be name=value, one per line, but one is "no value"',
      })
      .waitFor()
  })
}
