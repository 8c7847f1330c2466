/** A revision that is called by its tag, over TLS and by its true name. */

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { createServiceFetch } from '@countersign/caller'
import { decodeJwt } from 'jose'
import { Agent, fetch as fetchOfUndici } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createCertificate } from '../private-certificate.ts'
import { login, startWorld } from './_world.ts'

const service = 'https://user-profiles-123.us-central1.run.app'
const green = 'https://green---user-profiles-123.us-central1.run.app'

/** login, and user-profiles under both of its names. */
async function startRevisions() {
  const { app } = await startWorld()
  // By their true names, and not by the emulator's front doors.
  vi.stubEnv('COUNTERSIGN_FRONT_DOORS', '')
  vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'yes')
  const { authority, ...certificate } = await createCertificate(
    [service, green].map((url) => new URL(url).hostname),
  )
  const arrived: { host: string; aud: unknown }[] = []
  const server = createServer(certificate, (request, response) => {
    const { host = '', authorization = '' } = request.headers
    arrived.push({ host, aud: decodeJwt(authorization.slice('Bearer '.length)).aud })
    app(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const dispatcher = new Agent({
    connect({ hostname }, callback) {
      const socket = connect({ port, host: '127.0.0.1', servername: hostname, ca: authority })
      socket.once('secureConnect', () => callback(null, socket))
      socket.once('error', (error) => callback(error, null))
    },
  })
  onTestFinished(async () => {
    await dispatcher.destroy()
    server.close()
  })
  const fetch = ((url: string, init: object) =>
    fetchOfUndici(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch
  return { arrived, fetch }
}

test('a revision is called by its tag with a token for the service, which it takes', async () => {
  const { arrived, fetch } = await startRevisions()
  const serviceFetch = createServiceFetch({ targets: [green], fetch })
  const response = await serviceFetch(`${green}/profiles/7`)
  expect([response.status, await response.json()]).toEqual([200, { asked: login }])
  expect(arrived).toEqual([{ host: new URL(green).hostname, aud: service }])
})

test('the service and its revision share one token', async () => {
  const { arrived, fetch } = await startRevisions()
  const serviceFetch = createServiceFetch({ targets: [service, green], fetch })
  for (const url of [service, green]) {
    expect((await serviceFetch(`${url}/profiles/7`)).status).toBe(200)
  }
  expect(arrived.map(({ host }) => host)).toEqual([service, green].map((url) => new URL(url).host))
  expect(serviceFetch.health().audiences).toMatchObject([{ audience: service }])
})

test('a revision is no part of its service: it has to be listed', async () => {
  const { arrived, fetch } = await startRevisions()
  const serviceFetch = createServiceFetch({ targets: [service], fetch })
  const call = serviceFetch(`${green}/profiles/7`)
  await expect(call).rejects.toMatchObject({ code: 'target_not_allowed' })
  expect(arrived).toEqual([])
})
