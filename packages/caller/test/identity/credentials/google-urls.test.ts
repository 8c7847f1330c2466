import { describe, expect, test } from 'vitest'
import {
  type GoogleUrlField,
  readGoogleUrl,
} from '../../../src/identity/credentials/google-urls.ts'

const emulator = new URL('http://127.0.0.1:8085')
const account = '/v1/projects/-/serviceAccounts/a@acme.iam.gserviceaccount.com'
const generate = `${account}:generateAccessToken`

/** What each field may be. */
const good: Record<GoogleUrlField, string[]> = {
  token_uri: [
    'https://oauth2.googleapis.com/token',
    'https://oauth2.mtls.googleapis.com/token',
    'https://www.googleapis.com/oauth2/v4/token',
    'https://accounts.google.com/o/oauth2/token',
  ],
  token_url: [
    'https://sts.googleapis.com/v1/token',
    'https://sts.mtls.googleapis.com/v1/token',
    'https://us-east1.sts.googleapis.com/v1/token',
    'https://us-east1-sts.googleapis.com/v1/token',
    'https://sts-acme.p.googleapis.com/v1/token',
  ],
  'token_url of a workforce login': ['https://sts.googleapis.com/v1/oauthtoken'],
  token_info_url: ['https://sts.googleapis.com/v1/introspect'],
  service_account_impersonation_url: [
    `https://iamcredentials.googleapis.com${generate}`,
    `https://iamcredentials.us-east1.googleapis.com${generate}`,
    `https://iamcredentials.googleapis.com${account}:generateIdToken`,
  ],
}

const fields = Object.keys(good) as GoogleUrlField[]
const each = fields.flatMap((field) => good[field].map((url) => ({ field, url })))

/** Google's own hosts too: what is sent there may end up with whoever has a bucket. */
const elsewhere = [
  'https://storage.googleapis.com/upload/storage/v1/b/evil/o?uploadType=media&name=x',
  'https://storage.googleapis.com/v1/token',
  'https://storage.googleapis.com/token',
  'https://sts.googleapis.com.evil.example/v1/token',
  'https://evilsts.googleapis.com/v1/token',
  'https://sts.evil.example/v1/token',
  'https://googleapis.com/token',
  'https://accounts.google.com/token',
  'https://oauth2.googleapis.com/v1/token',
  'https://oauth2xgoogleapis.com/token',
  'https://oauth2.googleapis.com./token',
  'https://eviloauth2.googleapis.com/token',
  'https://evilwww.googleapis.com/oauth2/v4/token',
  'https://evilaccounts.google.com/o/oauth2/token',
  'http://127.0.0.1:8085/token',
  'nonsense',
  7,
  undefined,
]

describe("a credentials file's URL", () => {
  test.each(each)('$field may be $url', ({ field, url }) => {
    expect(readGoogleUrl(url, field, undefined).href).toBe(url)
  })

  test.each(each)('$field may be nothing else than $url', ({ field, url }) => {
    const { host, pathname } = new URL(url)
    for (const other of [
      `http://${host}${pathname}`,
      `https://user@${host}${pathname}`,
      `https://:pw@${host}${pathname}`,
      `https://${host}:8443${pathname}`,
      `https://${host}.evil.example${pathname}`,
      `https://${host}@evil.example${pathname}`,
      `${url}?a=1`,
      `${url}#a`,
      `${url}/`,
      `${url}/..`,
      `https://${host}/other${pathname}`,
    ]) {
      expect(() => readGoogleUrl(other, field, undefined), other).toThrow(`${field} must be`)
    }
  })

  test.each(elsewhere)('is none of them where it is %s', (url) => {
    for (const field of fields) {
      expect(() => readGoogleUrl(url, field, undefined)).toThrow(TypeError)
      expect(() => readGoogleUrl(url, field, undefined)).toThrow(`${field} must be`)
    }
  })

  test.each([
    ['token_uri', '/token'],
    ['token_url', '/v1/token'],
    ['service_account_impersonation_url', generate],
  ] as const)("%s may be the emulator's own %s while that is on", (field, path) => {
    expect(readGoogleUrl(`${emulator.origin}${path}`, field, emulator).pathname).toBe(path)
    for (const url of [
      `http://127.0.0.1:8086${path}`,
      `${emulator.origin}/elsewhere`,
      `${emulator.origin}${path}?a=1`,
    ]) {
      expect(() => readGoogleUrl(url, field, emulator), url).toThrow(TypeError)
    }
  })
})
