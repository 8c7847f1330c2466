import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { CallHandled } from '../../src/index.ts'
import { loginEmail, profilesUrl } from '../policy.ts'
import { useEmulator } from '../use-emulator.ts'
import { layer, observing } from './_observing.ts'

const running = useEmulator('user-profiles', 'search', 'status')

const { callEvent } = observing(() => running.emulator)
const stages = ({ layers }: CallHandled) => layers.map(({ stage }) => stage)

describe('a call', () => {
  test('for another audience: what came, and what would do', async () => {
    const token = await running.emulator.idToken('login', 'https://search-123.us-central1.run.app/')
    const event = await callEvent({ token })
    expect(event).toMatchObject({
      caller: { account: loginEmail, verified: false },
      status: 401,
      refusedBy: 'front-door',
      code: 'token_invalid',
      declared: true,
    })
    expect(layer(event, 'front-door')).toMatchObject({
      verdict: 'token_invalid',
      claim: 'aud',
      got: 'https://search-123.us-central1.run.app/',
      expected: [profilesUrl, 'https://user-profiles.acme.example'],
    })
    expect(layer(event, 'token')?.issuedHere).toBe(true)
    expect(stages(event)).toEqual(['sent', 'token', 'front-door'])
  })

  test.for<[string, Record<string, unknown>, object]>([
    ['expired', { exp: 1 }, { claim: 'exp', got: '1' }],
    [
      'of another issuer',
      { iss: 'https://evil.example' },
      { claim: 'iss', got: 'https://evil.example' },
    ],
    ['without a subject', { sub: undefined }, { claim: 'sub' }],
  ])('%s: which claim', async ([, overrides, expected]) => {
    const token = await running.emulator.idToken('login', profilesUrl, overrides)
    expect(layer(await callEvent({ token }), 'front-door')).toMatchObject(expected)
  })

  test('forged under a published key’s name: claimed, not issued here', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = { email: loginEmail, aud: profilesUrl, sub: '1' }
    const forged = new SignJWT(claims).setProtectedHeader({
      alg: 'RS256',
      kid: running.emulator.signingKey.kid,
    })
    const event = await callEvent({ token: await forged.sign(privateKey) })
    expect(event.caller).toEqual({ service: 'login', account: loginEmail, verified: false })
    expect(layer(event, 'token')).toMatchObject({ claims, issuedHere: false })
    expect(layer(event, 'front-door')).toMatchObject({ claim: 'signature' })
  })

  test('signed with a key that nobody knows: which there are', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const forged = new SignJWT({ email: loginEmail }).setProtectedHeader({
      alg: 'RS256',
      kid: 'mine',
    })
    const event = await callEvent({ token: await forged.sign(privateKey) })
    expect(layer(event, 'front-door')).toMatchObject({
      claim: 'kid',
      got: 'mine',
      expected: [running.emulator.signingKey.kid],
    })
  })

  test('of somebody without run.invoker: who has it, and what would grant it', async () => {
    const event = await callEvent({ token: await running.emulator.idToken('search', profilesUrl) })
    expect(event).toMatchObject({ code: 'not_invoker', declared: false })
    expect(layer(event, 'front-door')).toMatchObject({
      claim: 'email',
      got: 'search-run@acme.iam.gserviceaccount.com',
      expected: [loginEmail],
    })
    expect(event.snippet).toContain('"search": {\n      "calls": {\n        "user-profiles"')
  })

  test('of an account that was created again: the id is what differs', async () => {
    const token = await running.emulator.idToken('login', profilesUrl, { sub: '7' })
    expect(layer(await callEvent({ token }), 'front-door')).toMatchObject({
      verdict: 'not_invoker',
      claim: 'sub',
      got: '7',
      expected: ['107517467455664443765'],
    })
  })

  test('of nobody has no caller', async () => {
    const event = await callEvent()
    expect(event).toMatchObject({ status: 403, refusedBy: 'front-door', code: 'token_missing' })
    expect(event).not.toHaveProperty('caller')
  })

  test('with a foreign Host: which one', async () => {
    const event = await callEvent({ to: 'status', headers: { host: 'evil.example' } })
    expect(layer(event, 'front-door')).toMatchObject({ claim: 'host', got: 'evil.example' })
  })
})
