import { expect, test } from 'vitest'
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
    expect(await page.locator('.verdict pre').textContent()).toBe(snippet?.trimEnd())
    expect(snippet).toContain('"search"')
    await page.locator('.verdict').getByRole('button', { name: 'Copy' }).click()
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
