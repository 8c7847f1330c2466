import { metadataServer } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { lastResort } from '../../src/identity/default-source.ts'
import { answer, startMetadataServer } from '../_metadata-server.ts'
import { closedPort, startServer } from '../_server.ts'

const audience = 'https://svc.example'
const nothing = {
  code: 'no_credentials',
  hint: expect.stringContaining(
    'gcloud auth application-default login --impersonate-service-account=',
  ),
}

describe('the metadata server as a last resort', () => {
  test('gives tokens where there is one', async () => {
    await using metadata = await startMetadataServer()
    const source = lastResort(metadataServer({ host: metadata.host }))
    expect(await source.accessToken()).toBe('ya29.metadata')
    expect((await source.idToken(audience)).split('.')).toHaveLength(3)
  })

  test('says what to do where nobody answers, or another', async () => {
    const source = lastResort(metadataServer({ host: closedPort }))
    await expect(source.idToken(audience)).rejects.toMatchObject(nothing)
    await expect(source.accessToken()).rejects.toMatchObject(nothing)

    await using stranger = await startServer((_seen, _request, response) => response.end('hello'))
    const misled = lastResort(metadataServer({ host: stranger.host }))
    await expect(misled.idToken(audience)).rejects.toMatchObject(nothing)

    await using hanging = await startServer(() => {})
    const waiting = lastResort(metadataServer({ host: hanging.host, timeoutMs: 20 }))
    await expect(waiting.idToken(audience)).rejects.toMatchObject(nothing)
  })

  test('tells an outage from missing credentials', async () => {
    await using metadata = await startMetadataServer()
    metadata.misbehave(answer(403, 'no'))
    const source = lastResort(metadataServer({ host: metadata.host }))
    await expect(source.idToken(audience)).rejects.toMatchObject({ code: 'identity_unavailable' })
    const ended = source.idToken(audience, { signal: AbortSignal.abort(new Error('enough')) })
    await expect(ended).rejects.toThrow('enough')
  })
})
