import type { Emulator } from '@countersign/emulator'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible } from './_axe.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function grantTests(): void {
  test('a refused call shows the missing grant and its command, and the grant opens the door', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ as: 'search' })).toBe(403)
    const page = await openPage(emulator.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.getByRole('row', { name: 'not_invoker' }).click()
    const missing = page.locator('.missing-grant')
    expect(await missing.locator('p').first().textContent()).toContain(
      'Missing: roles/run.invoker for search-run@acme.iam.gserviceaccount.com on user-profiles.',
    )
    const command = `gcloud run services add-iam-policy-binding user-profiles --project=acme --region=us-central1 --member='${search}' --role='roles/run.invoker'`
    expect(await missing.locator('pre').allTextContents()).toEqual([
      'eval "$(npx countersign env --for gcloud)"',
      command,
    ])
    await missing.getByRole('button', { name: 'Copy command' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command)
    await expectAccessible(page, 'a missing grant')
    await writeMembers(emulator, [login, search])
    await missing.getByText(/It was granted by gcloud at [\d:.]+, after this call/).waitFor()
    // The door is open: the receiver decides now.
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('heading', { name: 'Refused caller_not_allowed' }).waitFor()
    expect(await missing.count()).toBe(0)
  })

  test('the graph shows the grants of a service, where each comes from, and what changed', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    await page.getByLabel('Grants of').selectOption('user-profiles')
    const card = page.getByRole('region', { name: 'Grants', exact: true })
    expect(await items(card)).toEqual(['login roles/run.invoker from the policy file'])
    await writeMembers(emulator, [search, 'group:staff@example.com'])
    await card.getByRole('heading', { name: 'Changes, newest first' }).waitFor()
    await expect.poll(() => items(card)).toContain('search roles/run.invoker from gcloud')
    const all = await items(card)
    expect(all.filter((text) => text.startsWith('login '))).toEqual([])
    expect(all).toContain(
      'group:staff@example.com roles/run.invoker from gcloud Not evaluated, so does not count: The emulator does not know the members of groups',
    )
    expect(all.map((text) => text.replace(/^[\d:.]{12} /, ''))).toEqual(
      expect.arrayContaining([
        `gcloud granted roles/run.invoker to ${search.slice(15)}`,
        `gcloud revoked roles/run.invoker from ${login.slice(15)}`,
      ]),
    )
    emulator.setAccess('user-profiles', { iap: true })
    await card.getByText('Identity-Aware Proxy answers: nobody gets in.', { exact: true }).waitFor()
    await expectAccessible(page, 'the grants of a service')
  })

  test('a declared call whose grant gcloud revoked says so, without a policy entry', async () => {
    const { emulator, call } = await startWorld()
    await writeMembers(emulator, [])
    expect(await call()).toBe(403)
    const page = await openPage(emulator.url, { path: '/?refused=1' })
    await page.getByRole('row', { name: 'not_invoker' }).click()
    const verdict = page.locator('.verdict')
    await verdict.getByText('its grant did not count at that time').waitFor()
    await verdict.getByText(/It was revoked by gcloud at [\d:.]{12}\./).waitFor()
    expect(await verdict.locator('> .snippet').count()).toBe(0)
    await verdict.getByRole('link', { name: 'All grants of user-profiles' }).click()
    await page.getByText('Nobody is granted to call it.').waitFor()
  })

  test.each([1280, 420])('the grants and the command fit into %i pixels', async (width) => {
    const { emulator, call } = await startWorld()
    await call({ as: 'search' })
    await writeMembers(emulator, [
      login,
      'group:a-very-long-name-of-a-group@engineering.example.com',
    ])
    const viewport = { width, height: 800 }
    const page = await openPage(emulator.url, { path: '/?view=graph&to=user-profiles', viewport })
    await page.getByRole('heading', { name: 'Changes, newest first' }).waitFor()
    expect(await overflow(page, '.edges')).toBe(0)
    await page.goto(emulator.url)
    await page.locator('tr.call').click()
    await page.locator('.missing-grant').waitFor()
    expect(await overflow(page, '.call-body')).toBe(0)
  })
}

const login = 'serviceAccount:login-run@acme.iam.gserviceaccount.com'
const search = 'serviceAccount:search-run@acme.iam.gserviceaccount.com'

/** Writes the allow policy of user-profiles as gcloud does. */
async function writeMembers(emulator: Emulator, members: readonly string[]): Promise<void> {
  const service = 'projects/acme/locations/us-central1/services/user-profiles'
  const bindings = members.length === 0 ? [] : [{ role: 'roles/run.invoker', members }]
  const { status } = await fetch(`${emulator.url}/v1/${service}:setIamPolicy`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ policy: { bindings } }),
  })
  expect(status).toBe(200)
}

/** The grants and changes of the card, each as one line. */
function items(card: ReturnType<Page['locator']>): Promise<string[]> {
  return card.locator('li').evaluateAll((all) => {
    return all.map((item) => [...item.children].map(({ textContent }) => textContent).join(' '))
  })
}

/** How many pixels of an element's content are cut at its right. */
function overflow(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate(({ scrollWidth, clientWidth }) => {
    return scrollWidth - clientWidth
  })
}
