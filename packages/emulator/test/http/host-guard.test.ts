import { expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { getMetadata, send } from '../send.ts'

const foreign = { host: 'rebound.evil.example' }
const ttl = 'x-aws-ec2-metadata-token-ttl-seconds'

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

test('a foreign Host gets no session of an instance at AWS, nor what it tells', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const { imdsv2_session_token_url: session, url } =
    emulator.awsFederation('login').credential_source
  const headers = { ...foreign, [ttl]: '60' }
  const answers = [await send(session, { method: 'PUT', headers }), await send(url, { headers })]
  expect(answers.map(({ status }) => status)).toEqual([403, 403])
  expect(emulator.requests.map(({ endpoint }) => endpoint)).toEqual(['unknown', 'unknown'])
})

const googles = ['metadata.google.internal', '169.254.169.254', 'www.googleapis.com']

test.for(googles)('as %s neither the page nor a control route answers', async (host) => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const json = { host, origin: `http://${host}`, 'content-type': 'application/json' }
  const get = (path: string) => send(emulator.url + path, { headers: { host } })
  const post = (path: string, body: object) =>
    send(emulator.url + path, { method: 'POST', headers: json, body: JSON.stringify(body) })
  const { imdsv2_session_token_url: session, url } =
    emulator.awsFederation('login').credential_source
  const answers = [
    await send(session, { method: 'PUT', headers: { ...json, [ttl]: '60' } }),
    await get(new URL(url).pathname),
    await get('/'),
    await get('/page/page.js'),
    await get('/emulator/v1/state'),
    await get('/emulator/v1/events'),
    await get('/emulator/v1/services/login/env'),
    await get('/emulator/v1/subject-token'),
    await post('/emulator/v1/drills', { fault: { kind: 'html' } }),
    await post('/emulator/v1/push', { push: 'orders' }),
    await post('/emulator/v1/replay', { call: 1 }),
    await send(`${emulator.url}/emulator/v1/drills`, { method: 'DELETE', headers: json }),
  ]
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
  expect(emulator.events.kept).toEqual([])
})

test.for(googles)('as %s no front door answers', async (host) => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const { status, body } = await send(emulator.frontDoor('status'), { headers: { host } })
  expect(status).toBe(403)
  expect(body).toContain('does not answer to this Host')
})

test('a metadata server answers to Google’s names, as clients send them', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  for (const host of googles) {
    const answer = await getMetadata(emulator.env('login').GCE_METADATA_HOST, '/', { host })
    expect(answer.status).toBe(200)
  }
})

test('allowedHosts adds names', async () => {
  const policy = await samplePolicy()
  await using emulator = await startEmulator({ policy, allowedHosts: ['Emulator'] })
  const headers = { host: 'emulator:8080' }
  for (const path of ['/oauth2/v3/certs', '/emulator/v1/state']) {
    expect((await send(emulator.url + path, { headers })).status).toBe(200)
  }
})
