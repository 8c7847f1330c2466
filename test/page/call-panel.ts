import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

export function callPanelTests(): void {
  test('a call that the front door refused shows its layers and the difference in the audience', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ audience: `${profilesUrl}/v1` })).toBe(401)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_invalid' }).click()
    const panel = page.getByRole('region', { name: 'login claimed → user-profiles' })
    expect(await panel.locator('.verdict h3').textContent()).toBe('Refusedtoken_invalid')
    expect(await panel.locator('.verdict').textContent()).toContain('did not receive it')
    expect(await panel.locator('.mismatch del').allTextContents()).toEqual(['/v1'])
    expect(await panel.locator('.mismatch dd').allTextContents()).toEqual([
      `${profilesUrl}/v1`,
      profilesUrl,
    ])
    expect(await panel.locator('.step h4').allTextContents()).toEqual([
      'Token minted',
      'Sent by the caller',
      'Token in authorization',
      'Front door: refused, token_invalid',
    ])
  })

  test('an audience that only the front door accepts is explained, and verifyCaller’s refusal follows', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ audience: `${profilesUrl}/` })).toBe(401)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'audience_mismatch' }).click()
    const admitted = page.locator('.step', { hasText: 'Front door: admitted' })
    expect(await admitted.textContent()).toContain(
      'Cloud Run accepts it; verifyCaller compares exactly',
    )
    expect(await page.locator('.mismatch del').allTextContents()).toEqual(['/'])
  })

  test('a call that the receiver refused shows all layers, and the token that the receiver read', async () => {
    const { emulator, call } = await startWorld()
    const other = profilesUrl.replace('user-profiles', 'user-profile')
    expect(await call({ audienceForApp: other })).toBe(401)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'audience_mismatch' }).click()
    const panel = page.getByRole('region', { name: 'login → user-profiles' })
    expect(await panel.locator('.verdict').textContent()).toContain('verifyCaller in user-profiles')
    expect(await panel.locator('.mismatch ins').allTextContents()).toEqual(['s'])
    const steps = panel.locator('.step h4')
    expect(await steps.allTextContents()).toEqual([
      'Token minted',
      'Sent by the caller',
      'Token in x-serverless-authorization',
      'Token in authorization',
      'Front door: admitted',
      'Forwarded to user-profiles',
      'Receiver: refused, audience_mismatch',
      'Answer: 401',
    ])
    const changes = await panel.locator('.step > .changes tr').allTextContents()
    expect(changes.join('\n')).toMatch(/forwarded.*added/i)
  })

  test('a call that the policy does not declare shows the entry that allows it', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ as: 'search' })).toBe(403)
    const page = await openPage(emulator.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.getByRole('row', { name: 'not_invoker' }).click()
    const event = emulator.events.kept.findLast(({ type }) => type === 'call')
    const snippet = event?.type === 'call' ? event.snippet : undefined
    expect(await page.locator('.verdict > .snippet pre').textContent()).toBe(snippet?.trimEnd())
    expect(snippet).toContain('"search"')
    await page.locator('.verdict').getByRole('button', { name: 'Copy', exact: true }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(snippet)
  })

  test('a call that replaces the open one has its own token and trace', async () => {
    const { emulator, call } = await startWorld()
    await call({ headers: { traceparent: traceOf('a') } })
    await call({ headers: { traceparent: traceOf('a') }, path: '/profiles/8' })
    await call({ headers: { traceparent: traceOf('b') }, audience: `${profilesUrl}/v1` })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').last().click()
    const token = page.locator('.step', { hasText: 'Token minted' })
    expect(await token.locator('dd code').textContent()).toBe(profilesUrl)
    expect(await page.locator('.trace-calls li').count()).toBe(1)
    await page.locator('tr.call').first().click()
    await page.getByRole('heading', { name: 'Refused token_invalid' }).waitFor()
    expect(await token.locator('dd code').textContent()).toBe(`${profilesUrl}/v1`)
    expect(await page.locator('.trace-calls li').count()).toBe(0)
  })

  test('a call without a token shows the caller’s side, and public only behind a warning', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ as: null })).toBe(403)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_missing' }).click()
    const verdict = page.locator('.verdict')
    const texts = await verdict.locator('pre:visible').allTextContents()
    expect(texts).toEqual([
      "const serviceFetch = createServiceFetch(policy.caller('login'))\n" +
        "await serviceFetch.to('user-profiles')('/profiles/7')",
      `npx countersign call user-profiles /profiles/7 --as login --emulator ${emulator.url}`,
    ])
    expect(await verdict.locator('.unlikely pre').isVisible()).toBe(false)
    await verdict.getByText('Only if anyone on the Internet may call this').click()
    const warning = await verdict.locator('.opens').textContent()
    expect(warning).toContain('This opens GET /profiles/7 to anyone on the Internet')
    expect(warning).toContain('allUsers')
    expect(await verdict.locator('.unlikely pre').textContent()).toContain('"public": true')
  })

  test('a mistyped path is recognised before it is offered as something to allow', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ path: '/profile/7?full=1' })).toBe(403)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'operation_not_allowed' }).click()
    const verdict = page.locator('.verdict')
    expect(await verdict.locator('strong').first().textContent()).toContain(
      'Did you mean GET /profiles/7?',
    )
    expect(await verdict.locator('.mismatch dd').allTextContents()).toEqual([
      'GET /profile/7',
      'GET /profiles/7or GET /profiles/:id',
    ])
    expect(await verdict.locator('pre').isVisible()).toBe(false)
    await verdict.getByText('If GET /profile/7 is intended').click()
    expect(await verdict.locator('pre').textContent()).toContain('"/profile/7"')
  })

  test('a refused push names the audience to set, and who made its token', async () => {
    const { emulator } = await startWorld()
    await emulator.push('invoices', { maxAttempts: 1 })
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_invalid' }).click()
    const verdict = page.locator('.verdict')
    await verdict.getByText('Set audience of the push invoices in the policy').waitFor()
    expect(await verdict.textContent()).toContain('The emulator made this token itself')
    expect(await verdict.textContent()).not.toContain('only claimed')
    expect(JSON.parse((await verdict.locator('pre').textContent()) ?? '')).toEqual({
      pushes: { invoices: { audience: 'https://search-123.us-central1.run.app' } },
    })
  })

  test('a service that nobody listens for is named with its port, and what to do', async () => {
    const { emulator, call } = await startWorld()
    emulator.forwardTo('user-profiles', 'http://127.0.0.1:9')
    expect(await call()).toBe(503)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'nobody answers app_unreachable' }).click()
    const verdict = await page.locator('.verdict').textContent()
    expect(verdict).toContain('nobody answers on port 9, where user-profiles is expected')
    expect(verdict).toContain('let it listen on process.env.PORT')
  })

  test('a service without verifyCaller gets no tick for it, whatever it answers', async () => {
    const { emulator, call } = await startWorld()
    emulator.forwardTo('user-profiles', await listen((_req, res) => res.end('hello')))
    await call()
    const page = await openPage(emulator.url)
    await page.locator('tr.call').click()
    const step = page.locator('.step', { hasText: 'Receiver: not seen, no verifyCaller answered' })
    expect(await step.getAttribute('class')).toContain('plain')
    expect(await step.textContent()).toContain('user-profiles does not use it')
  })

  test('a refusal of verifyCaller proves that the service uses it, not that it checked this call', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ path: '/other' })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').last().click()
    const step = page.locator('.step', { hasText: 'Receiver: did not refuse' })
    expect(await step.getAttribute('class')).toContain('plain')
    await step.getByRole('link', { name: 'GET /other' }).click()
    await page.getByRole('heading', { name: 'Refused operation_not_allowed' }).waitFor()
  })

  test('a replay opens the new call, with a new token', async () => {
    const { emulator, call } = await startWorld()
    await call({ audience: `${profilesUrl}/v1` })
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_invalid' }).click()
    const before = page.url()
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText(/replay of call \d+/).waitFor()
    expect(page.url()).not.toBe(before)
    expect(await page.locator('.verdict h3').textContent()).toContain('token_invalid')
    await expect.poll(() => page.locator('tr.call').count()).toBe(2)
  })
}

function traceOf(digit: string): string {
  return `00-${digit.repeat(32)}-${digit.repeat(16)}-01`
}
