import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { isSecretName, withoutSecrets } from '../../src/events/redact.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaToken = await new SignJWT({ aud: 'a' })
  .setProtectedHeader({ alg: 'RS256' })
  .sign(privateKey)
const hmacToken = await new SignJWT({ aud: 'a' })
  .setProtectedHeader({ alg: 'HS256' })
  .sign(randomBytes(32))
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
/** Its header begins with a space, so that it doesn't begin as others do. */
const oddToken = `IHsiYWxnIjoiUlMyNTYifQ${rsaToken.slice(rsaToken.indexOf('.'))}`

const secrets = {
  'an RS256 token': rsaToken,
  'an HS256 token': hmacToken,
  'a token with an odd header': oddToken,
  'a token without its signature': rsaToken.slice(0, rsaToken.lastIndexOf('.') + 1),
  'an access token': `ya29.c.emulator-${randomBytes(48).toString('base64url')}`,
  'a refresh token': `1//emulator-${randomBytes(48).toString('base64url')}`,
  'a client secret': 'GOCSPX-abcdefghijklmnopqrstuvwx',
  'a private key': pem,
  'a private key on one line': JSON.stringify(pem),
  'a key without its lines': pem.split('\n').slice(1, -2).join(''),
  'a token, percent-encoded': encodeURIComponent(rsaToken).replaceAll('.', '%2E'),
  'a token, encoded twice': rsaToken.replaceAll('.', '%252e'),
}

/** No eight characters in a row of it are left. */
function expectHidden(shown: string, secret: string): void {
  const core = secret.replace(/-----[A-Z ]+-----/g, '')
  for (let at = 0; at + 8 <= core.length; at += 1) {
    expect(shown).not.toContain(core.slice(at, at + 8))
  }
}

describe.for(Object.entries(secrets))('%s is hidden', ([, secret]) => {
  test.for([
    ['alone', (text: string) => text],
    ['in a sentence', (text: string) => `The token ${text} is wrong.`],
    ['in a path', (text: string) => `/open/${text}`],
    ['in quotes', (text: string) => `{"x":"${text}"}`],
    ['as a parameter', (text: string) => `/open?id_token=${text}&x=1`],
    ['behind an escape', (text: string) => `/open/%20${text}`],
    ['cut off', (text: string) => 'x '.repeat(460) + text],
  ] as const)('%s', ([, wrap]) => {
    expectHidden(withoutSecrets(wrap(secret), 1_000), secret)
  })
})

test.for([
  '/open?access_token=short&q=1',
  '/open?q=1&Access%5FToken=short',
  'https://a.example/cb?state=1&code=short',
  '/?api_key=short',
  '/?X-Goog-Signature=short',
  '/?client_secret=short',
])('%s: the value of a parameter is hidden by its name', (text) => {
  expect(withoutSecrets(text, 1_000)).toContain('[redacted]')
  expect(withoutSecrets(text, 1_000)).not.toContain('short')
})

test.for([
  'X-Auth',
  'x-access-key',
  'Ocp-Apim-Subscription-Key',
  'x-session',
  'session_id',
  'x_signing_key',
  'apikey',
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true)
})

test.for([
  'x-author',
  'x-authenticated-user',
  'idempotency-key',
  'sec-websocket-key',
  'surrogate-key',
  'keyboard',
  'x-monkey',
  'access-control-allow-headers',
])('%s is not a secret name', (name) => {
  expect(isSecretName(name)).toBe(false)
})

test.for([
  'https://user-profiles-123.us-central1.run.app/profiles/7?page=2',
  'login-run@acme.iam.gserviceaccount.com',
  '//pubsub.googleapis.com/projects/acme/topics/a-topic-with-quite-a-long-name',
  '/v1/projects/acme/locations/us-central1/services/search/revisions/search-00001-abc',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0',
  '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/emulator-1a2b3c4d5e6f7a8b/providers/emulator',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
])('%s stays', (text) => {
  expect(withoutSecrets(text, 1_000)).toBe(text)
})

test.for([
  ['https://me:word@a.example/?q=7', 'https://[redacted]@a.example/?q=7'],
  ['Bearer open-sesame', 'Bearer [redacted]'],
  ['/open/Bearer%20open-sesame', '/open/Bearer [redacted]'],
  ['a\u001b[31m\u202e\u2028', 'a\\u{1b}[31m\\u{202e}\\u{2028}'],
] as const)('%j is shown as %j', ([text, shown]) => {
  expect(withoutSecrets(text, 1_000)).toBe(shown)
})

test('it is bounded', () => {
  expect(withoutSecrets('a b '.repeat(1_000_000), 10)).toBe('a b a b a …')
})

test('a hostile text costs no time', () => {
  const begun = performance.now()
  for (const text of [
    'a-'.repeat(8_000),
    'eyJ'.repeat(5_000),
    '?&'.repeat(8_000),
    '-----BEGIN '.repeat(1_400),
  ]) {
    withoutSecrets(text, 16_000)
  }
  expect(performance.now() - begun).toBeLessThan(500)
})
