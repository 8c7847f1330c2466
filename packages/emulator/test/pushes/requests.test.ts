import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PushOptions } from '../../src/index.ts'
import type { Received } from '../app.ts'
import { ordersUrl, type PushWorld, pusher, startPushWorld, trigger } from './_world.ts'

let world: PushWorld
beforeAll(async () => {
  world = await startPushWorld()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  world.app.received.length = 0
})

/** What the app gets of a delivery that it acknowledges. */
async function delivered(name: string, options?: PushOptions): Promise<Received> {
  const result = await world.emulator.push(name, options)
  expect(result).toMatchObject({ outcome: 'acknowledged', attempts: [{ attempt: 1, status: 200 }] })
  const [received] = world.app.received
  if (!received) throw new Error('nothing arrived')
  expect(received.method).toBe('POST')
  return received
}

test.for(['pubsub', 'cloud-tasks', 'cloud-scheduler', 'eventarc'])(
  '%s is signed as its account, for the audience of the policy',
  async (name) => {
    const { url, headers } = await delivered(name)
    expect(url).toBe(`/push/${name}`)
    const [head, claims] = String(headers.authorization).slice('Bearer '.length).split('.')
    expect(decodeJwt(`${head}.${claims}.`)).toMatchObject({
      email: pusher,
      email_verified: true,
      aud: ordersUrl,
      iss: 'https://accounts.google.com',
    })
  },
)

test('a task or a job is sent with the first method that the policy lets it use', async () => {
  await world.emulator.push('read')
  await world.emulator.push('replaced', { data: { order: 7 } })
  expect(world.app.received.map(({ method, body }) => [method, body])).toEqual([
    ['GET', ''],
    ['PUT', '{"order":7}'],
  ])
})

test('a method without a body takes no data', async () => {
  await expect(world.emulator.push('read', { data: 'x' })).rejects.toThrow(
    "data can't be sent, since a GET has no body at Google",
  )
})

test('Pub/Sub wraps the message, each name in both spellings', async () => {
  const attributes = { Type: 'created', 'not a header': 'ä' }
  const { headers, body } = await delivered('pubsub', { data: { order: 7 }, attributes })
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
  })
  const { message, subscription } = JSON.parse(body)
  expect(subscription).toBe('projects/acme/subscriptions/pubsub')
  expect(Buffer.from(message.data, 'base64').toString()).toBe('{"order":7}')
  expect(message.attributes).toEqual(attributes)
  expect(message.messageId).toMatch(/^\d+$/)
  expect(message.message_id).toBe(message.messageId)
  expect(Date.parse(message.publishTime)).toBeGreaterThan(Date.now() - 60_000)
  expect(message.publish_time).toBe(message.publishTime)
})

test.for<[PushOptions, string[]]>([
  [{ data: 'x' }, ['data']],
  [{ data: 'x', attributes: { type: 'created' } }, ['attributes', 'data']],
  [{ attributes: { type: 'created' } }, ['attributes']],
  [{}, ['data']],
])('a wrapped message leaves out what is empty: %j', async ([options, fields]) => {
  const { message } = JSON.parse((await delivered('pubsub', options)).body)
  expect(Object.keys(message)).toEqual([
    ...fields,
    'messageId',
    'message_id',
    'publishTime',
    'publish_time',
  ])
})

test('Pub/Sub unwrapped sends the data alone', async () => {
  const attributes = { type: 'created' }
  const { headers, body } = await delivered('pubsub', {
    data: 'hello',
    attributes,
    payload: 'unwrapped',
  })
  expect(body).toBe('hello')
  expect(headers).not.toHaveProperty('type')
  expect(headers).not.toHaveProperty('x-goog-pubsub-message-id')
})

test('Pub/Sub unwrapped with metadata: what publishers chose arrives as headers', async () => {
  const attributes = { Type: 'created', Authorization: 'Bearer mine', Host: 'evil.example' }
  const payload = 'unwrapped-with-metadata'
  const { headers } = await delivered('pubsub', { attributes, payload })
  expect(headers).toMatchObject({
    type: 'created',
    host: new URL(ordersUrl).host,
    'x-goog-pubsub-subscription-name': 'projects/acme/subscriptions/pubsub',
    'x-goog-pubsub-message-id': expect.stringMatching(/^\d+$/),
    'x-goog-pubsub-publish-time': expect.stringMatching(/Z$/),
  })
  expect(headers.authorization).not.toBe('Bearer mine')
})

test('Cloud Tasks sends the body as it is, and tells of the task', async () => {
  const attributes = { 'Content-Type': 'text/csv', 'X-CloudTasks-QueueName': 'forged' }
  const { headers, body } = await delivered('cloud-tasks', { data: 'a,b', attributes })
  expect(body).toBe('a,b')
  expect(headers).toMatchObject({
    'content-type': 'text/csv',
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': 'cloud-tasks',
    'x-cloudtasks-taskname': expect.stringMatching(/^\d+$/),
    'x-cloudtasks-taskretrycount': '0',
    'x-cloudtasks-taskexecutioncount': '0',
    'x-cloudtasks-tasketa': expect.stringMatching(/^\d+\.\d+$/),
  })
  expect(headers).not.toHaveProperty('x-cloudtasks-taskpreviousresponse')
})

test.for(['cloud-tasks', 'cloud-scheduler'])('%s keeps headers of Google’s own', async (name) => {
  const attributes = { 'X-Google-Trace': '1', 'x-appengine-taskname': '2', 'X-Mine': '3' }
  const { headers } = await delivered(name, { attributes })
  expect(headers).toMatchObject({ 'x-mine': '3' })
  expect(headers).not.toHaveProperty('x-google-trace')
  expect(headers).not.toHaveProperty('x-appengine-taskname')
})

test.for(['a', { order: 7 }, ''])(
  'Cloud Tasks sets no content type of its own: %j',
  async (data) => {
    const { headers } = await delivered('cloud-tasks', { data })
    expect(headers).not.toHaveProperty('content-type')
  },
)

test('Cloud Scheduler tells of the job', async () => {
  const { headers, body } = await delivered('cloud-scheduler', { data: { full: true } })
  expect(body).toBe('{"full":true}')
  expect(headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'user-agent': 'Google-Cloud-Scheduler',
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': 'cloud-scheduler',
    'x-cloudscheduler-scheduletime': expect.stringMatching(/Z$/),
  })
})

test('Cloud Scheduler sends the content type that the job has, and none without a body', async () => {
  const attributes = { 'Content-Type': 'application/json' }
  const { headers } = await delivered('cloud-scheduler', { data: '{}', attributes })
  expect(headers['content-type']).toBe('application/json')
  world.app.received.length = 0
  expect((await delivered('cloud-scheduler')).headers).not.toHaveProperty('content-type')
})

test('a GET has neither a body nor its length', async () => {
  await world.emulator.push('read')
  expect(world.app.received[0]?.headers).not.toHaveProperty('content-length')
})

test('text is delivered byte for byte, even if it is JSON', async () => {
  const data = '{ "order": 1.0 }'
  expect((await delivered('cloud-tasks', { data })).body).toBe(data)
})

test('Eventarc sends a CloudEvent in binary mode; by default one of Pub/Sub', async () => {
  const { headers, body } = await delivered('eventarc', { data: 'hello' })
  expect(headers).toMatchObject({
    'ce-id': expect.stringMatching(/^\d+$/),
    'ce-source': '//pubsub.googleapis.com/projects/acme/topics/eventarc',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-time': expect.stringMatching(/Z$/),
    'content-type': 'application/json',
  })
  expect(Buffer.from(JSON.parse(body).message.data, 'base64').toString()).toBe('hello')
})

test('Eventarc sends the data of another type of event as it is', async () => {
  const type = 'google.cloud.storage.object.v1.finalized'
  const source = '//storage.googleapis.com/projects/_/buckets/photos'
  const attributes = { type, source, subject: 'objects/cat.png' }
  const { headers, body } = await delivered('eventarc', { data: { name: 'cat.png' }, attributes })
  expect(headers).toMatchObject({
    'ce-type': type,
    'ce-source': source,
    'ce-subject': 'objects/cat.png',
    'content-type': 'application/json',
  })
  expect(body).toBe('{"name":"cat.png"}')
})

test('Eventarc says of what type the data is', async () => {
  const type = 'google.cloud.firestore.document.v1.written'
  const attributes = { type, datacontenttype: 'application/protobuf' }
  const { headers } = await delivered('eventarc', { data: 'x', attributes })
  expect(headers['content-type']).toBe('application/protobuf')
  expect(headers).not.toHaveProperty('ce-datacontenttype')
})

test('the subject of an event can be the name of any file', async () => {
  const subject = 'objects/猫 100%.png'
  const { headers } = await delivered('eventarc', { attributes: { subject, Host: 'b' } })
  expect(headers).toMatchObject({ 'ce-subject': 'objects/%E7%8C%AB 100%.png', 'ce-host': 'b' })
  const attributes = { datacontenttype: 'a/b\r\nx: y', subject: 'a\r\nb: c\ud800' }
  world.app.received.length = 0
  expect((await delivered('eventarc', { attributes })).headers).toMatchObject({
    'content-type': 'a/b%0D%0Ax: y',
    'ce-subject': 'a%0D%0Ab: c%EF%BF%BD',
  })
})

test('an emulator that goes by a name delivers all the same, with the service’s own Host', async () => {
  await using named = await startPushWorld(undefined, { hostname: 'emulator-of-nobody' })
  const { outcome } = await named.emulator.push('pubsub')
  expect(outcome).toBe('acknowledged')
  expect(named.app.received[0]?.headers.host).toBe('orders-123.us-central1.run.app')
})

test('another path and query can be asked for', async () => {
  expect((await delivered('cloud-tasks', { path: '/tasks/7?retry=no' })).url).toBe(
    '/tasks/7?retry=no',
  )
})

test('without an audience in the policy it is the whole URL, which IAM does not know', async () => {
  const result = await world.emulator.push('unaddressed', { path: '/a?b=c', maxAttempts: 1 })
  expect(result).toMatchObject({ outcome: 'given-up', attempts: [{ status: 401 }] })
  world.emulator.setPublic('orders', true)
  await delivered('unaddressed', { path: '/a?b=c' })
  world.emulator.setPublic('orders', false)
  const [head, claims] = String(world.app.received[0]?.headers.authorization).slice(7).split('.')
  expect(decodeJwt(`${head}.${claims}.`).aud).toBe(`${ordersUrl}/a?b=c`)
})

test.for(['/events', '/a?b=c'])(
  'a trigger without an audience is let in for the URL: %s',
  async (path) => {
    const { headers } = await delivered('trigger', { path })
    const [head, claims] = String(headers.authorization).slice(7).split('.')
    expect(decodeJwt(`${head}.${claims}.`)).toMatchObject({ email: trigger, aud: ordersUrl + path })
    const call = world.emulator.events.kept.findLast((event) => event.type === 'call')
    expect(call?.layers).toContainEqual(
      expect.objectContaining({ stage: 'front-door', verdict: 'admitted', tolerance: 'eventarc' }),
    )
  },
)

test.for<[string, string, string]>([
  ['another path', trigger, '/other'],
  ['another account', pusher, '/events'],
])('the URL with %s is no audience', async ([, account, path]) => {
  const token = await world.emulator.idToken(account, ordersUrl + path)
  const url = `${world.emulator.frontDoor('orders')}/events`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(401)
})

test('messages share a token', async () => {
  const first = await delivered('pubsub')
  world.app.received.length = 0
  expect((await delivered('pubsub')).headers.authorization).toBe(first.headers.authorization)
})

test.for<[string, string, unknown]>([
  ['no push "orders"', 'orders', {}],
  ['path', 'pubsub', { path: 'push' }],
  ['path', 'pubsub', { path: '/pu sh' }],
  ['path', 'pubsub', { path: '/push#part' }],
  ['payload', 'pubsub', { payload: 'raw' }],
  ['maxAttempts', 'pubsub', { maxAttempts: 0 }],
  ['maxAttempts', 'pubsub', { maxAttempts: 10_001 }],
  ['speed', 'pubsub', { speed: 1e-9 }],
  ['speed', 'pubsub', { speed: 1e7 }],
  ['speed', 'pubsub', { speed: 0 }],
  ['speed', 'pubsub', { speed: Number.NaN }],
  ['attributes', 'pubsub', { attributes: null }],
  ['attributes["a"]', 'pubsub', { attributes: { a: 1 } }],
  ['Header name', 'cloud-tasks', { attributes: { 'a b': '1' } }],
  ['Invalid character', 'cloud-tasks', { attributes: { a: '1\r\nb: 2' } }],
])('a wrong option says %s', async ([words, name, options]) => {
  const push = world.emulator.push(name, options as PushOptions)
  await expect(push).rejects.toThrow(TypeError)
  await expect(push).rejects.toThrow(words)
  expect(world.app.received).toEqual([])
})
