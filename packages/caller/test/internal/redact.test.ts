import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { redact, redactedCause, redactedPath } from '../../src/internal/redact.ts'
import { shapeToken } from '../_tokens.ts'

const token = shapeToken({ aud: 'https://svc.example' })

describe('redact', () => {
  test.each([
    [`Invalid token: ${token}.`],
    ['ya29.a0AfH6SMBx-y_z.abc'],
    ['refresh 1//0gdK8a-x_y'],
    ['refresh_token=1%2F%2F0gdK8a-x_y&'],
    ['client_secret=GOCSPX-0gdK8a-x_y&'],
    [`token=${'AAAA%2B'.repeat(7)}`],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ'],
    [`assertion=${'A'.repeat(60)}`],
  ])('takes the secret out of %s', (text) => {
    expect(redact(text)).toContain('[redacted]')
    expect(redact(text)).not.toMatch(/eyJ|a0Af|0gdK|MIIE|AAAA/)
  })

  test('leaves names, hosts and codes', () => {
    const text =
      'invalid_grant: iamcredentials.googleapis.com login@acme-prod.iam.gserviceaccount.com'
    expect(redact(text)).toBe(text)
  })

  test('cuts what is long', () => {
    expect(redact('a b '.repeat(1000))).toHaveLength(300)
  })
})

describe('a redacted path', () => {
  test.each([
    '/',
    '/v1/projects/acme-prod/locations/us-central1/queues/orders/tasks/of-today',
    '/profiles/107511111111111111111/photo.png',
    '/a%20b/c=d',
  ])('leaves %s', (path) => {
    expect(redactedPath(path)).toBe(path)
  })

  test.each([`/${token}`, `/a/${token}/b`, `/a%20${token}`, `/${'A'.repeat(60)}/b`])(
    'takes the secret out of %s',
    (path) => {
      expect(redactedPath(path)).toContain('[redacted]')
      expect(redactedPath(path)).not.toMatch(/eyJ|AAAA/)
    },
  )
})

describe('a redacted cause', () => {
  test('keeps names, codes and causes, and nothing else', () => {
    const inner = Object.assign(new Error(`no ${token}`), { code: 'ECONNREFUSED', config: token })
    const outer = Object.assign(new TypeError('fetch failed', { cause: inner }), {
      response: token,
    })
    const copy = redactedCause(outer)
    expect(copy).toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { message: 'no [redacted]', code: 'ECONNREFUSED' },
    })
    expect(inspect(copy, { depth: 9 })).not.toContain(token)
  })

  test('of what is no error is its text, or nothing', () => {
    expect(redactedCause(`no ${token}`)).toBe('no [redacted]')
    expect(redactedCause({ token })).toBeUndefined()
    const codes = [429, token, { token }].map((code) =>
      redactedCause(Object.assign(new Error('x'), { code })),
    )
    expect(codes).toMatchObject([{ code: 429 }, { code: '[redacted]' }, { code: undefined }])
  })

  test('goes a few causes deep', () => {
    const loop = new Error('loop')
    loop.cause = loop
    expect(inspect(redactedCause(loop), { depth: 20 }).match(/loop/g)?.length).toBe(5)
  })
})
