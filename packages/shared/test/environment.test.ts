import { afterEach, expect, test, vi } from 'vitest'
import {
  metadataHostFrom,
  metadataOrigin,
  modeFrom,
  readEnvironment,
  serverlessVariable,
} from '../src/environment.ts'

test('the mode', () => {
  expect(modeFrom({})).toBeUndefined()
  expect(modeFrom({ COUNTERSIGN_MODE: '' })).toBeUndefined()
  expect(modeFrom({ COUNTERSIGN_MODE: 'report-only' })).toBe('report-only')
  expect(modeFrom({ COUNTERSIGN_MODE: 'enforce' })).toBe('enforce')
  expect(modeFrom({ COUNTERSIGN_MODE: 'Report-Only' })).toBe('report-only')
  expect(() => modeFrom({ COUNTERSIGN_MODE: 'off' })).toThrow(
    new TypeError('COUNTERSIGN_MODE must be "enforce" or "report-only", but is "off"'),
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

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each([
  ['"enforce"', 'enforce'],
  ["'enforce'", 'enforce'],
  [' enforce\r\n', 'enforce'],
  ['\ufeffenforce', 'enforce'],
  [' "enforce "\n', 'enforce'],
  ['""', ''],
  ['', ''],
  ['"', '"'],
  ['"a","b"', '"a","b"'],
  ['{"a":"b"}', '{"a":"b"}'],
  [`'{"a":"b"}'`, '{"a":"b"}'],
  ["it's", "it's"],
])('a variable that holds %j means %j', (value, meant) => {
  vi.stubEnv('COUNTERSIGN_MODE', value)
  expect(readEnvironment().COUNTERSIGN_MODE).toBe(meant)
})

test('a variable that is not set stays so', () => {
  vi.stubEnv('COUNTERSIGN_MODE', undefined)
  expect('COUNTERSIGN_MODE' in readEnvironment()).toBe(false)
})

test.each([
  [undefined, 'http://169.254.169.254'],
  ['metadata.google.internal', 'http://metadata.google.internal'],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['[::1]:8080', 'http://[::1]:8080'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['[fd20:ce::254]', 'http://[fd20:ce::254]'],
  ['fd20:ce::254', 'http://[fd20:ce::254]'],
  ['http://fd20:ce::254/', 'http://[fd20:ce::254]'],
  ['::ffff:127.0.0.1', 'http://[::ffff:7f00:1]'],
])('the metadata server at %s is %s', (host, origin) => {
  expect(metadataOrigin(host).origin).toBe(origin)
})

test.each([
  'https://metadata',
  'a b',
  'metadata/path',
  'me@metadata',
  'metadata?x',
  'fe80::1%eth0',
])('the metadata server is not at %s', (host) => {
  expect(() => metadataOrigin(host)).toThrow(TypeError)
  expect(() => metadataOrigin(host)).toThrow(
    `must be a host, but is "${host}": write one such as 127.0.0.1:8080`,
  )
})
