import { inspect } from 'node:util'
import { workloadIdentityFederation } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { checkFederation } from '../../../src/identity/credentials/check-credentials.ts'
import { federation } from '../../../src/identity/exchange/federation.ts'
import { useCleanEnvironment } from '../../_environment.ts'
import { audience, configFor, iam } from '../../_federation.ts'
import { startGoogle } from '../../_google.ts'
import { startServer } from '../../_server.ts'

describe('what a federation asks', () => {
  const home = useCleanEnvironment()
  const json = { type: 'json', subject_token_field_name: 'token' }
  const google = {
    service_account_impersonation_url: `https://iamcredentials.googleapis.com${iam}:generateAccessToken`,
  }

  /** A configuration that has the server asked, as one of the two. */
  function sourceAt(url: string, who: string): object {
    const headers = { authorization: 'Bearer of-the-machine' }
    return who.startsWith('the place')
      ? { url, headers }
      : { file: home.write('subject', 'subject-token') }
  }

  test('goes through the fetch that is given, to the place of the subject token too', async () => {
    await using google = await startGoogle()
    await using issuer = await startServer((_seen, _request, response) => response.end('from-url'))
    vi.stubEnv('COUNTERSIGN_EMULATOR', google.url)
    const asked: string[] = []
    const identity = workloadIdentityFederation(configFor(google.url, { url: issuer.url }), {
      fetch(url, init) {
        asked.push(url)
        return fetch(url, init)
      },
    })
    await identity.idToken(audience)
    const { origin } = new URL(google.url)
    expect(asked).toEqual([
      `${issuer.url}/`,
      `${origin}/v1/token`,
      `${origin}${iam}:generateIdToken`,
    ])
  })

  test.each([
    [
      'a file of another form',
      (secret: string) => ({ file: home.write('subject', secret), format: json }),
    ],
    ['a program', (secret: string) => ({ executable: { command: `echo ${secret}` } })],
    ['a program that fails', (secret: string) => ({ executable: { command: `false ${secret}` } })],
  ])('names no token of whatever form, from %s', async (_what, sourceOf) => {
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1')
    const secret = 'hunter2-opaque'
    const source = sourceOf(secret)
    const identity = workloadIdentityFederation(
      configFor('https://sts.googleapis.com', source, google),
    )
    const error: unknown = await identity.idToken(audience).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'identity_unavailable', cause: expect.any(Error) })
    expect(inspect(error, { depth: 9 })).not.toContain(secret)
  })

  test('says which file is missing', async () => {
    const source = { file: home.path('nowhere') }
    const identity = workloadIdentityFederation(
      configFor('https://sts.googleapis.com', source, google),
    )
    const error: unknown = await identity.idToken(audience).catch((reason: unknown) => reason)
    expect(inspect(error, { depth: 9 })).toContain('does not exist')
  })

  test.each(['the place of the subject token', 'the token service'])(
    'follows no redirect of %s',
    async (who) => {
      await using stranger = await startServer((_seen, _request, response) => response.end('trap'))
      await using server = await startServer((_seen, _request, response) => {
        response.writeHead(307, { location: stranger.url }).end()
      })
      vi.stubEnv('COUNTERSIGN_EMULATOR', server.url)
      const identity = workloadIdentityFederation(configFor(server.url, sourceAt(server.url, who)))
      await expect(identity.idToken(audience)).rejects.toMatchObject({
        code: 'identity_unavailable',
      })
      expect(server.requests.length).toBeGreaterThan(0)
      expect(stranger.requests).toEqual([])
    },
  )

  test.each(['the place of the subject token', 'the token service'])(
    'ends in time, and leaves nothing behind, where %s hangs',
    async (who) => {
      const closed = Promise.withResolvers<void>()
      await using hanging = await startServer((_seen, _request, response) => {
        response.on('close', closed.resolve)
      })
      const emulator = new URL(hanging.url)
      const config = configFor(hanging.url, sourceAt(hanging.url, who))
      const checked = checkFederation(config, emulator)
      const identity = federation(checked, { fetch: undefined, timeoutMs: 200 })
      await expect(identity.idToken(audience)).rejects.toMatchObject({ code: 'identity_timeout' })
      await closed.promise
      expect(hanging.requests).toHaveLength(1)
    },
  )

  test('ends with the signal, with its reason', async () => {
    await using hanging = await startServer(() => {})
    vi.stubEnv('COUNTERSIGN_EMULATOR', hanging.url)
    const identity = workloadIdentityFederation(configFor(hanging.url, { url: hanging.url }))
    const controller = new AbortController()
    const token = identity.idToken(audience, { signal: controller.signal })
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(token).rejects.toThrow('enough')
  })
})
