import { loadPolicy } from '@countersign/policy'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { recordedRun } from './_recorded-run.ts'
import { startWorld } from './_world.ts'

const script = '<script>document.title="owned"</script><img src=x onerror="document.title=1">'

export function hostileTextTests(): void {
  test('markup in paths, headers and claims is text', async () => {
    const { emulator, call } = await startWorld()
    const path = `/profiles/${encodeURIComponent(script)}?q=<b>bold</b>`
    await call({ path, audience: script, headers: { 'user-agent': script } })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').click()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await page.locator('.call-panel').getByText(script).first().waitFor()
    await expectOnlyText(page)
  })

  test('a policy refuses markup as the name of a service', async () => {
    await expect(loadPolicy({ services: { [script]: {} } })).rejects.toThrow()
  })

  test('markup in the names of services is text', async () => {
    const text = await recordedRun(async ({ call }) => {
      await call()
      await call({ as: 'search' })
    })
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url)
    const renamed = text.replaceAll('"login"', JSON.stringify(script))
    const file = { name: `${script}.jsonl`, mimeType: 'text/plain', buffer: Buffer.from(renamed) }
    await page.getByLabel('Recording').setInputFiles(file)
    await page.locator('tr.call').last().click()
    await page.getByRole('heading', { name: script }).waitFor()
    for (const view of ['Graph', 'Pushes', 'Drills', 'Calls']) {
      await page.getByRole('link', { name: view }).click()
      await expectOnlyText(page)
    }
  })
}

/** Checks that the page's own script is the only one. */
async function expectOnlyText(page: Page): Promise<void> {
  expect(await page.title()).toBe('Countersign emulator')
  expect(await page.locator('script').count()).toBe(1)
  expect(await page.locator('img').count()).toBe(0)
  expect(await page.locator('main b').count()).toBe(0)
}
