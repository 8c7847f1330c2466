import { expect, test } from 'vitest'
import { metadataHostOf } from '../../src/internal/environment.ts'

test.each([
  [{}, '169.254.169.254'],
  [{ GCE_METADATA_HOST: '127.0.0.1:1' }, '127.0.0.1:1'],
  [{ GCE_METADATA_HOST: 'http://127.0.0.1:1/' }, '127.0.0.1:1'],
  [{ GCE_METADATA_HOST: '127.0.0.1:1', GCE_METADATA_IP: '127.0.0.1:2' }, '127.0.0.1:2'],
])('the metadata server, with %j, is %s', (env, host) => {
  expect(metadataHostOf(env)).toBe(host)
})
