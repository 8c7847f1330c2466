/** Proxies and private authorities that the environment names: for calls, never for tokens. */

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCertificate } from '../private-certificate.ts'
import { startProxy } from './_proxy.ts'
import { runJob } from './_run-job.ts'
import { login, startWorld, targetIn } from './_world.ts'

const well = `200 {"asked":"${login}"}`

describe('a proxy that the environment names', () => {
  test('carries calls, and never sees the metadata server', async () => {
    const world = await startWorld()
    const { url, asked } = await startProxy()
    const job = await runJob(targetIn(world), {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      NO_PROXY: '',
      no_proxy: '',
    })
    expect(job.answers).toEqual([well])
    expect(world.endpoints()).toEqual(['identity'])
    expect(asked).toEqual([new URL(world.emulator.frontDoor('user-profiles')).host])
  })

  test('carries nothing where Node isn’t told to heed it', async () => {
    const world = await startWorld()
    const { url, asked } = await startProxy()
    const job = await runJob(targetIn(world), { NODE_USE_ENV_PROXY: '', HTTP_PROXY: url })
    expect(job.answers).toEqual([well])
    expect(asked).toEqual([])
  })
})

describe('a private authority', () => {
  test('is heeded for calls where NODE_EXTRA_CA_CERTS names it, and nobody’s else', async () => {
    const world = await startWorld()
    const { authority, ...certificate } = await createCertificate()
    const server = createServer(certificate, world.app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const target = { ...targetIn(world), url }
    const env = { NODE_EXTRA_CA_CERTS: await world.write('authority.pem', authority) }
    expect((await runJob(target, env)).answers).toEqual([well])
    const stranger = await runJob(target, { NODE_EXTRA_CA_CERTS: '' })
    expect(stranger.answers).toEqual([expect.stringMatching(/^fetch failed: .*(CERT|SIGNATURE)/)])
  })
})
