import { writeFileSync } from 'node:fs'
import { applicationDefault, serviceAccountKey } from '@countersign/caller'
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

  test('sends a form, also if something wraps the global URLSearchParams', async () => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const { URLSearchParams } = globalThis
    vi.stubGlobal('URLSearchParams', function wrapped(fields: Record<string, string>) {
      return new URLSearchParams(fields)
    })
    const token = await serviceAccountKey(google.key).idToken(audience)
    vi.unstubAllGlobals()
    expect(claimsOf(token).aud).toBe(audience)
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
      ['not json', 'not a JSON object'],
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
    ['Robot is disabled.', 'service-accounts enable'],
    ['The OAuth client was deleted.', 'service-accounts describe'],
    ['Invalid OAuth scope or ID token audience provided.', "target's audience"],
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

  test.each([
    ['\\n in two characters', (pem: string) => pem.replaceAll('\n', '\\n')],
    ['escaped twice', (pem: string) => pem.replaceAll('\n', '\\\\n')],
    ['\\r\\n in four', (pem: string) => pem.replaceAll('\n', '\\r\\n')],
    ["Windows' line ends", (pem: string) => pem.replaceAll('\n', '\r\n')],
    ['spaces', (pem: string) => pem.replaceAll('\n', ' ')],
    ['nothing', (pem: string) => pem.replaceAll('\n', '')],
    ['quotation marks and space around it', (pem: string) => ` "${pem}" \n`],
  ])('takes a key with %s for its line breaks', async (_how, written) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const key = { ...google.key, private_key: written(google.key.private_key) }
    expect(claimsOf(await serviceAccountKey(key).idToken(audience)).aud).toBe(audience)
  })

  test.each([
    ['a byte order mark', (json: string) => `\ufeff${json}`],
    ["PowerShell's UTF-16", (json: string) => Buffer.from(`\ufeff${json}`, 'utf16le')],
    ['space and line breaks around it', (json: string) => `\r\n ${json}\n\n`],
    ['real line breaks in the key', (json: string) => json.replaceAll('\\n', '\n')],
    ["Windows' line ends", (json: string) => json.replaceAll(',', ',\r\n')],
  ])('takes a file with %s', async (_what, written) => {
    await using google = await startGoogle()
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    writeFileSync(home.path('key.json'), written(JSON.stringify(google.key)))
    const token = await serviceAccountKey(home.path('key.json')).idToken(audience)
    expect(claimsOf(token).aud).toBe(audience)
  })

  test.each([
    ['', 'The file is empty.'],
    ['-----BEGIN PRIVATE KEY-----', 'a key alone'],
    [btoa('{"type":"service_account"}'), 'The file is in base64'],
    ['{"type":', 'The file is not a JSON object.'],
  ])('says what a file is that holds %s', async (content, hint) => {
    home.write('key.json', content)
    await expect(serviceAccountKey(home.path('key.json')).idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      hint: expect.stringContaining(hint),
    })
  })

  test.each([
    ['~/key.json', '~ and variables are not expanded'],
    ['$HOME/key.json', '~ and variables are not expanded'],
    ['file:///key.json', 'write a path, not a URL'],
    ['/', 'The path is a directory'],
    ['/no/such/key.json', 'ENOENT'],
  ])('says what is wrong with the path %s', async (path, hint) => {
    await expect(serviceAccountKey(path).idToken(audience)).rejects.toMatchObject({
      code: 'no_credentials',
      hint: expect.stringContaining(hint),
    })
  })

  test.each([
    ['as it is', (json: string) => json],
    ['in base64', (json: string) => btoa(json)],
    [
      'in base64, with line breaks',
      (json: string) => btoa(JSON.stringify(JSON.parse(json), null, 2)),
    ],
  ])('says that a path is what should be in the file, %s', async (_how, written) => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', written('{"type":"x","private_key":"secret"}'))
    const error: unknown = await applicationDefault()
      .idToken(audience)
      .catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'no_credentials',
      message: "Expected a file path, but got the file's content",
      hint: expect.stringContaining('serviceAccountKey(JSON.parse(text))'),
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
    [{ type: 'authorized_user' }, 'type must be "service_account"'],
    [{ type: 'service_account' }, 'client_email is missing'],
    [{ type: 'service_account', client_email: account, private_key: '' }, 'private_key is missing'],
  ])('refuses %o', (key, message) => {
    expect(() => serviceAccountKey(key as never)).toThrow(TypeError)
    expect(() => serviceAccountKey(key as never)).toThrow(message)
  })

  test('refuses wrong options', () => {
    expect(() => serviceAccountKey('a', { fetch: 7 as never })).toThrow(
      'fetch must be a function, but is 7: write one, or leave it out',
    )
    expect(() => serviceAccountKey('a', { audience } as never)).toThrow('no "audience"')
  })
})

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
