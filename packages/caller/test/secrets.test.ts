/** What else might say a secret: the metadata server, a fetch of the user's, files, slips. */

import { metadataServer, serviceAccountKey, workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startGoogle } from './_google.ts'
import { answer, startMetadataServer } from './_metadata-server.ts'
import { expectNone, failureOf, printed } from './_printed.ts'
import { shapeToken } from './_tokens.ts'

const audience = 'https://svc.example'
const home = useCleanEnvironment()
const google = await startGoogle()
const { key } = google

describe('no secret is in any error', () => {
  test('where the metadata server hands out tokens with errors, or in HTML', async () => {
    await using metadata = await startMetadataServer()
    const token = shapeToken({ aud: audience })
    const source = metadataServer({ host: metadata.host })
    metadata.misbehave(
      answer(403, token),
      answer(200, JSON.stringify({ token })),
      answer(404, token),
    )
    for (const get of [source.idToken, source.accessToken, source.idToken]) {
      expectNone(printed(await failureOf(get(audience as never))), [token])
    }
  })

  test('where a fetch throws all that it sent', async () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const sent: string[] = []
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      const assertion = new URLSearchParams(String(init.body)).get('assertion') ?? ''
      sent.push(assertion)
      throw Object.assign(new Error(`sending ${assertion} failed`), { config: init })
    }
    expectNone(printed(await failureOf(serviceAccountKey(key, { fetch }).idToken(audience))), sent)
  })

  test('where a key or its file is broken', async () => {
    const secret = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'
    const file = home.write('key.json', `{"private_key": "${secret}`)
    expectNone(printed(await failureOf(serviceAccountKey(file).idToken(audience))), [secret])
    const broken = { type: 'service_account', client_email: 'a@b', private_key: secret }
    expectNone(printed(await failureOf(serviceAccountKey(broken).idToken(audience))), [secret])
  })

  test.each([
    ['JSON', JSON.stringify(key)],
    ['base64', Buffer.from(JSON.stringify(key)).toString('base64')],
    ['PEM', key.private_key],
  ])('where a key as %s stands for the path of its file', async (_, text) => {
    for (const source of [serviceAccountKey(text), workloadIdentityFederation(text)]) {
      const error = await failureOf(source.idToken(audience))
      expect(error).toMatchObject({ code: 'no_credentials' })
      expect('cause' in error).toBe(false)
      expectNone(printed(error), [text, key.private_key])
    }
  })
})
