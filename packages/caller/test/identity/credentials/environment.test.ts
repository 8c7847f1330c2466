import { describe, expect, test } from 'vitest'
import {
  gcloudCredentialsFile,
  namedCredentialsFile,
} from '../../../src/identity/credentials/credentials-file.ts'

const file = 'application_default_credentials.json'

describe('the environment', () => {
  test('names the credentials file, and an empty name is none', () => {
    expect(namedCredentialsFile({ GOOGLE_APPLICATION_CREDENTIALS: 'a.json' })).toBe('a.json')
    expect(namedCredentialsFile({ google_application_credentials: 'b.json' })).toBe('b.json')
    expect(namedCredentialsFile({ GOOGLE_APPLICATION_CREDENTIALS: '' })).toBeUndefined()
  })

  test("leads to gcloud's file", () => {
    const env = { HOME: '/home/u', APPDATA: 'C:/a' }
    expect(gcloudCredentialsFile({ ...env, CLOUDSDK_CONFIG: '/sdk' })).toBe(`/sdk/${file}`)
    expect(gcloudCredentialsFile(env, 'linux')).toBe(`/home/u/.config/gcloud/${file}`)
    expect(gcloudCredentialsFile(env, 'win32')).toBe(`C:/a/gcloud/${file}`)
    expect(gcloudCredentialsFile({}, 'linux')).toBeUndefined()
    expect(gcloudCredentialsFile({}, 'win32')).toBeUndefined()
  })
})
