import { describe, expect, test } from 'vitest'
import {
  gcloudCredentialsFile,
  metadataHostFrom,
  modeFrom,
  namedCredentialsFile,
  saysMetadataServer,
} from '../../src/internal/environment.ts'

const file = 'application_default_credentials.json'

describe('the environment', () => {
  test('says the mode', () => {
    expect(modeFrom({})).toBeUndefined()
    expect(modeFrom({ COUNTERSIGN_MODE: '' })).toBeUndefined()
    expect(modeFrom({ COUNTERSIGN_MODE: 'report-only' })).toBe('report-only')
    expect(modeFrom({ COUNTERSIGN_MODE: 'enforce' })).toBe('enforce')
    expect(() => modeFrom({ COUNTERSIGN_MODE: 'off' })).toThrow(TypeError)
    expect(() => modeFrom({ COUNTERSIGN_MODE: 'off' })).toThrow("write 'enforce' or 'report-only'")
  })

  test('says where the metadata server is, the IP first', () => {
    expect(metadataHostFrom({ GCE_METADATA_HOST: 'a', GCE_METADATA_IP: 'b' })).toBe('b')
    expect(metadataHostFrom({ GCE_METADATA_HOST: 'a', GCE_METADATA_IP: '' })).toBe('a')
    expect(metadataHostFrom({})).toBeUndefined()
  })

  test.each([
    'GCE_METADATA_HOST',
    'K_SERVICE',
    'CLOUD_RUN_JOB',
    'CLOUD_RUN_WORKER_POOL',
    'FUNCTION_TARGET',
    'GAE_ENV',
  ])('says with %s that there is a metadata server', (name) => {
    expect(saysMetadataServer({ [name]: 'x' })).toBe(true)
    expect(saysMetadataServer({ [name]: '' })).toBe(false)
  })

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
