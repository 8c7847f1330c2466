import { expect, test } from 'vitest'
import { startEmulator } from '../../../src/index.ts'
import { samplePolicy } from '../../policy.ts'
import { getMetadata, send } from '../../send.ts'

const foreign = { host: 'rebound.evil.example' }

test('a foreign Host gets nothing from any server, whatever else is right', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  emulator.setPublic('search', true)
  const path = '/computeMetadata/v1/instance/service-accounts/default/identity?audience=a'
  const { GCE_METADATA_HOST } = emulator.env('login')
  const answers = [
    await send(`${emulator.url}/oauth2/v3/certs`, { headers: foreign }),
    await getMetadata(GCE_METADATA_HOST, path, foreign),
    await send(emulator.frontDoor('search'), { headers: foreign }),
  ]
  for (const { status, body } of answers) {
    expect(status).toBe(403)
    expect(body).toContain('does not answer to this Host')
  }
  expect(emulator.requests.map(({ endpoint, refusal }) => refusal ?? endpoint)).toEqual([
    'unknown',
    'unknown',
    'host_refused',
  ])
})

test('Google’s own names reach the same paths', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const statuses = await Promise.all(
    ['www.googleapis.com', 'accounts.google.com', 'localhost:1'].map(async (host) => {
      return (await send(`${emulator.url}/oauth2/v3/certs`, { headers: { host } })).status
    }),
  )
  expect(statuses).toEqual([200, 200, 200])
})

test('allowedHosts adds names', async () => {
  const policy = await samplePolicy()
  await using emulator = await startEmulator({ policy, allowedHosts: ['Emulator'] })
  const headers = { host: 'emulator:8080' }
  expect((await send(`${emulator.url}/oauth2/v3/certs`, { headers })).status).toBe(200)
})
