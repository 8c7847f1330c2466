import { createServiceFetch, metadataServer } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startMetadataServer } from '../_metadata-server.ts'
import { startServer } from '../_server.ts'

const audience = 'https://svc-123.us-central1.run.app'

describe('metadataServer', () => {
  test('a hundred first calls at once mint one token', async () => {
    await using metadata = await startMetadataServer()
    await using server = await startServer((_seen, _request, response) => response.end())
    const serviceFetch = createServiceFetch({
      targets: [{ url: server.url, audience }],
      identity: metadataServer({ host: metadata.host }),
    })
    await Promise.all(Array.from({ length: 100 }, () => serviceFetch(server.url)))
    expect(metadata.requests).toHaveLength(1)
    expect(metadata.requests[0]?.headers['metadata-flavor']).toBe('Google')
    expect(server.requests).toHaveLength(100)
  })
})
