import { createServiceFetch } from '@countersign/caller'
import { expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startMetadataServer } from './_metadata-server.ts'
import { startServer } from './_server.ts'

const loaded = vi.hoisted(() => ({ library: false }))
vi.mock('google-auth-library', () => {
  loaded.library = true
  return {}
})

useCleanEnvironment()

test('on the metadata path google-auth-library is never loaded, and nothing is probed', async () => {
  await using metadata = await startMetadataServer()
  await using server = await startServer((_seen, _request, response) => response.end('well'))
  vi.stubEnv('GCE_METADATA_HOST', metadata.host)
  const serviceFetch = createServiceFetch({ targets: [server.url] })
  expect(await (await serviceFetch(server.url)).text()).toBe('well')
  expect(loaded.library).toBe(false)
  expect(metadata.requests.map(({ url }) => url.split('?')[0])).toEqual([
    '/computeMetadata/v1/instance/service-accounts/default/identity',
  ])
})
