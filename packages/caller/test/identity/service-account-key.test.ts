import { serviceAccountKey } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from '../_environment.ts'
import { account, startGoogle } from '../_google.ts'

const audience = 'https://svc.example'

describe('serviceAccountKey', () => {
  const home = useCleanEnvironment()

  test('exchanges a self-signed JWT for an ID token', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const token = await serviceAccountKey(google.key).idToken(audience)
    expect(claimsOf(token)).toMatchObject({ aud: audience, email: account })
    expect(google.requests[0]).toMatchObject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  })

  test('gives access tokens too, and leaves out a key id that it has not', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    expect(await serviceAccountKey(google.key).accessToken()).toBe('ya29.key')
    const { private_key_id: _, ...anonymous } = google.key
    await expect(serviceAccountKey(anonymous).idToken(audience)).rejects.toMatchObject({
      message: expect.stringContaining('unknown key'),
    })
  })

  test('reads a file when a token is needed', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const source = serviceAccountKey(home.path('key.json'))
    await expect(source.idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      cause: expect.objectContaining({ code: 'ENOENT' }),
    })
    home.write('key.json', google.key)
    expect(claimsOf(await source.idToken(audience)).aud).toBe(audience)
    for (const [content, hint] of [
      ['not json', 'no JSON object'],
      [{ ...google.key, client_email: undefined }, 'client_email is missing'],
    ] as const) {
      home.write('key.json', content)
      await expect(source.accessToken()).rejects.toMatchObject({
        code: 'no_credentials',
        hint: expect.stringContaining(hint),
      })
    }
  })

  test('is told by its own clock when the JWT is issued', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const past = serviceAccountKey(google.key, { now: () => Date.now() - 7_200_000 })
    await expect(past.idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('answered 400: invalid_grant, Invalid JWT Signature.'),
    })
  })

  test.each([
    ['Invalid JWT Signature.', 'keys list --iam-account='],
    [
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      "Set this machine's clock.",
    ],
    ['Invalid grant: account not found', 'service-accounts describe'],
    ['Invalid grant: account is disabled', 'service-accounts enable'],
    ['Something new', "Check that the key isn't deleted"],
  ])('says what to do about: %s', async (error_description, hint) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const body = JSON.stringify({ error: 'invalid_grant', error_description })
    google.misbehave({ status: 400, body })
    await expect(serviceAccountKey(google.key).idToken(audience)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(error_description),
      hint: expect.stringContaining(hint),
    })
  })

  test("refuses a key that can't sign", async () => {
    const key = { type: 'service_account', client_email: account, private_key: 'nonsense' }
    await expect(serviceAccountKey(key).idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      message: "The key's private_key can't be used",
    })
  })

  test('sends the JWT to Google alone', async () => {
    await using google = await startGoogle()
    const elsewhere = { ...google.key, token_uri: 'https://evil.example/token' }
    expect(() => serviceAccountKey(elsewhere)).toThrow('token_uri must be')
    expect(() => serviceAccountKey(google.key)).toThrow('token_uri must be')
    const urls: string[] = []
    const { token_uri: _, ...bare } = google.key
    const source = serviceAccountKey(bare, {
      fetch: async (url) => {
        urls.push(url)
        return Response.json({ id_token: 'x' })
      },
    })
    expect(await source.idToken(audience)).toBe('x')
    expect(urls).toEqual(['https://oauth2.googleapis.com/token'])
  })

  test.each([
    [{ type: 'authorized_user' }, "type must be 'service_account'"],
    [{ type: 'service_account' }, 'client_email is missing'],
    [{ type: 'service_account', client_email: account, private_key: '' }, 'private_key is missing'],
  ])('refuses %o', (key, message) => {
    expect(() => serviceAccountKey(key as never)).toThrow(TypeError)
    expect(() => serviceAccountKey(key as never)).toThrow(message)
  })

  test('refuses wrong options', () => {
    expect(() => serviceAccountKey('a', { fetch: 7 as never })).toThrow(
      'fetch is 7: leave it out, or give a function',
    )
    expect(() => serviceAccountKey('a', { audience } as never)).toThrow('no "audience"')
  })
})

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
