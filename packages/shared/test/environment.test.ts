import { expect, test } from 'vitest'
import { metadataHostFrom, modeFrom, serverlessVariable } from '../src/environment.ts'

test('the mode', () => {
  expect(modeFrom({})).toBeUndefined()
  expect(modeFrom({ COUNTERSIGN_MODE: '' })).toBeUndefined()
  expect(modeFrom({ COUNTERSIGN_MODE: 'report-only' })).toBe('report-only')
  expect(modeFrom({ COUNTERSIGN_MODE: 'enforce' })).toBe('enforce')
  expect(() => modeFrom({ COUNTERSIGN_MODE: 'off' })).toThrow(
    new TypeError('COUNTERSIGN_MODE is "off": write "enforce" or "report-only"'),
  )
})

test('the metadata server, the IP first', () => {
  expect(metadataHostFrom({ GCE_METADATA_HOST: 'a', GCE_METADATA_IP: 'b' })).toBe('b')
  expect(metadataHostFrom({ GCE_METADATA_HOST: 'a', GCE_METADATA_IP: '' })).toBe('a')
  expect(metadataHostFrom({})).toBeUndefined()
})

test.each(['K_SERVICE', 'K_REVISION', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL', 'GAE_ENV'])(
  '%s says that this is Google’s serverless',
  (name) => {
    expect(serverlessVariable({ [name]: 'x' })).toBe(name)
  },
)

test.each(['FUNCTION_TARGET', 'KUBERNETES_SERVICE_HOST', 'NODE_ENV'])('%s does not', (name) => {
  expect(serverlessVariable({ [name]: 'production' })).toBeUndefined()
})
