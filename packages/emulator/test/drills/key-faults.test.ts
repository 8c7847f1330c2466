import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { startApp } from '../app.ts'
import { profilesUrl, samplePolicy } from '../policy.ts'
import { getMetadata } from '../send.ts'

const identityPath =
  '/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://a.example'

describe('keys', () => {
  const hour = 3_600_000
  let now = Date.now()
  let google: Emulator
  beforeEach(async () => {
    now = Date.now()
    google = await startEmulator({ policy: await samplePolicy(), now: () => now })
    return () => google.stop()
  })

  async function kids(path: 'v1' | 'v3'): Promise<string[]> {
    const answer = await fetch(`${google.url}/oauth2/${path}/certs`)
    const body = (await answer.json()) as { keys?: { kid: string }[] }
    return body.keys?.map(({ kid }) => kid) ?? Object.keys(body)
  }

  /** What a receiver that fetches the keys now makes of a token. */
  async function verifies(token: string): Promise<boolean> {
    const keys = createRemoteJWKSet(new URL(`${google.url}/oauth2/v3/certs`))
    return jwtVerify(token, keys, { currentDate: new Date(now) }).then(
      () => true,
      () => false,
    )
  }

  const passes = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(google.frontDoor('user-profiles'), { headers })).status
  }
  const mint = () => google.idToken('login', profilesUrl)
  const signer = async () => decodeProtectedHeader(await mint()).kid

  test('rotate-keys: published at once, signing from a minute later', async () => {
    const old = google.signingKey.kid
    const token = await mint()
    await google.drill({ fault: { kind: 'rotate-keys' } })
    const published = await kids('v3')
    expect(published).toEqual([old, expect.stringMatching(/^emulator-/)])
    expect(await kids('v1')).toEqual(published)
    now += 59_000
    expect(await signer()).toBe(old)
    now += 1_000
    expect(await signer()).toBe(published[1])
    expect(google.signingKey.kid).toBe(published[1])
    expect([await verifies(token), await verifies(await mint())]).toEqual([true, true])
  })

  test('its end: the old key signs again, the new one is published for an hour more', async () => {
    const old = google.signingKey.kid
    const drill = await google.drill({ fault: { kind: 'rotate-keys' } })
    now += 60_000
    const token = await mint()
    drill.stop()
    expect(await signer()).toBe(old)
    expect(await verifies(token)).toBe(true)
    now += hour
    expect(await kids('v3')).toEqual([old])
  })

  test('drop-key: tokens of the old key are refused, by receivers and by IAM', async () => {
    await using target = await startApp()
    google.forwardTo('user-profiles', target.url)
    const token = await mint()
    const drill = await google.drill({ fault: { kind: 'drop-key' } })
    expect(await kids('v3')).toEqual([await signer()])
    expect([await verifies(token), await passes(token)]).toEqual([false, 401])
    expect([await verifies(await mint()), await passes(await mint())]).toEqual([true, 200])
    const during = await mint()
    drill.stop()
    expect([await passes(token), await passes(during)]).toEqual([200, 200])
    expect((await kids('v3')).length).toBe(2)
  })

  test('drop-key: a metadata server hands out no token of the old key', async () => {
    const ask = async () => {
      const { body } = await getMetadata(google.env('login').GCE_METADATA_HOST, identityPath)
      return body
    }
    const before = await ask()
    const drill = await google.drill({ fault: { kind: 'drop-key' } })
    expect([await verifies(before), await verifies(await ask())]).toEqual([false, true])
    drill.stop()
    expect(await ask()).toBe(before)
  })

  test('two at a time are taken back one by one', async () => {
    const first = google.signingKey.kid
    const one = await google.drill({ fault: { kind: 'drop-key' } })
    const second = google.signingKey.kid
    const two = await google.drill({ fault: { kind: 'drop-key' } })
    one.stop()
    expect([first, second]).not.toContain(google.signingKey.kid)
    expect(await kids('v3')).toEqual([google.signingKey.kid])
    two.stop()
    expect(google.signingKey.kid).toBe(first)
  })
})
