import { createServiceFetch, metadataServer } from '@countersign/caller'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

export function retryTests(): void {
  test('a call that serviceFetch repeats with a new token is shown as two attempts', async () => {
    let aheadMs = 0
    const { emulator } = await startWorld({ now: () => Date.now() + aheadMs })
    const url = emulator.frontDoor('user-profiles')
    const serviceFetch = createServiceFetch({
      // createServiceFetch does the same by itself if the environment names the emulator.
      targets: [
        { url, audience: profilesUrl, headers: ['authorization', 'x-serverless-authorization'] },
      ],
      identity: metadataServer({ host: emulator.env('login').GCE_METADATA_HOST ?? '' }),
    })
    emulator.setPublic('user-profiles', false)
    expect((await serviceFetch(`${url}/profiles/1`)).status).toBe(200)
    aheadMs = 2 * 3_600_000
    await serviceFetch(`${url}/profiles/7`, { headers: { traceparent } })
    const page = await openPage(emulator.url, { path: '/?text=profiles/7' })
    await page.locator('tr.call').last().click()
    const steps = page.locator('.step h4')
    await page.getByRole('heading', { name: 'Tried again, with another token' }).waitFor()
    expect(await steps.first().textContent()).not.toContain('Attempt')
    await page.getByRole('link', { name: 'Attempt 2' }).click()
    await page.getByRole('heading', { name: 'Attempt 2, with another token' }).waitFor()
    await page.getByRole('link', { name: 'Attempt 1' }).click()
    await page.getByRole('heading', { name: 'token_invalid' }).first().waitFor()
  })
}
