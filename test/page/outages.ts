import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

const expectedComplaint =
  /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/

export function outageTests(): void {
  test('if the emulator stops, the page keeps its data; after a restart it shows the new run', async () => {
    const first = await startWorld()
    await first.call()
    await first.emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
    const page = await openPage(first.emulator.url, { expectedComplaint })
    await page.locator('tr.call').click()
    await first.emulator.stop()
    await page.getByText('The emulator does not answer.').waitFor()
    expect(await page.locator('tr.call').count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Replay' }).isDisabled()).toBe(true)

    const second = await startWorld({ port: Number(new URL(first.emulator.url).port) })
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    expect(await page.getByRole('link', { name: 'Drills' }).textContent()).toBe('Drills')
    expect(page.url()).not.toContain('call=')
    await second.call({ path: '/profiles/second' })
    await page.getByRole('row', { name: '/profiles/second' }).waitFor()
    expect(await page.locator('tr.call').count()).toBe(1)
    expect(await page.locator('.banner').count()).toBe(0)
  })
}
