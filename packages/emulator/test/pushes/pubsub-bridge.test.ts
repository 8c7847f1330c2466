import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import { startEmulator } from '../../src/index.ts'
import { startApp } from '../app.ts'
import { samplePolicy } from '../policy.ts'
import { startPushWorld } from './_world.ts'

const message = { messageId: '7', data: 'aGVsbG8=', publishTime: '2026-01-01T00:00:00.5Z' }

/** Stands for Pub/Sub's emulator: hands out each message once, and notes what is said of it. */
async function startPubsub(messages: object[], status = 200) {
  const said: unknown[] = []
  const pubsub = { status, said, host: '' }
  const server = createServer(async (request, response) => {
    const body = await json(request)
    const verb = request.url?.split(':').at(-1)
    if (verb !== 'pull') said.push({ url: request.url, ...(body as object) })
    const next = verb === 'pull' ? messages.splice(0) : []
    if (verb === 'pull' && !next.length && pubsub.status === 200) return
    const received = next.map((one, index) => ({ ackId: `ack-${index}`, message: one }))
    const answer = received.length ? { receivedMessages: received } : {}
    response.writeHead(pubsub.status).end(JSON.stringify(answer))
  })
  const { url, close } = await listen(server)
  onTestFinished(close)
  pubsub.host = new URL(url).host
  return pubsub
}

const subscription = '/v1/projects/acme/subscriptions/pubsub'

async function bridged(host: string, answer?: Parameters<typeof startApp>[0]) {
  const world = await startPushWorld(answer, { pubsubEmulator: host })
  onTestFinished(() => world[Symbol.asyncDispose]())
  return world
}

test('what is published is pushed, signed, and acknowledged', async () => {
  const { host, said } = await startPubsub([
    { ...message, attributes: { a: 'b' }, orderingKey: 'k' },
    { messageId: '8', publishTime: message.publishTime },
  ])
  const { app } = await bridged(host)
  await vi.waitFor(() => expect(app.received).toHaveLength(2))
  expect(app.received[0]?.headers.authorization).toMatch(/^Bearer /)
  // Messages without a common ordering key are pushed at once, and may arrive in any order.
  const bodies = app.received
    .map(({ body }) => JSON.parse(body))
    .sort((a, b) => a.message.messageId - b.message.messageId)
  expect(
    bodies.map(({ message: { messageId, data, attributes, orderingKey } }) => {
      return { messageId, data, attributes, orderingKey }
    }),
  ).toEqual([
    { messageId: '7', data: 'aGVsbG8=', attributes: { a: 'b' }, orderingKey: 'k' },
    { messageId: '8', data: '', attributes: undefined, orderingKey: undefined },
  ])
  expect(bodies[0]).toMatchObject({
    subscription: 'projects/acme/subscriptions/pubsub',
    message: { publishTime: '2026-01-01T00:00:00.500Z' },
  })
  await vi.waitFor(() => {
    expect(said).toContainEqual({ url: `${subscription}:acknowledge`, ackIds: ['ack-0'] })
    expect(said).toContainEqual({ url: `${subscription}:acknowledge`, ackIds: ['ack-1'] })
  })
})

test('what is not acknowledged is kept meanwhile, and given back at the end', async () => {
  const { host, said } = await startPubsub([message])
  const { app, emulator } = await bridged(host, (_, response) => response.writeHead(503).end())
  await vi.waitFor(() => expect(app.received).toHaveLength(1))
  const url = `${subscription}:modifyAckDeadline`
  expect(said).toEqual([{ url, ackIds: ['ack-0'], ackDeadlineSeconds: 60 }])
  await emulator.stop()
  expect(said.at(-1)).toEqual({ url, ackIds: ['ack-0'], ackDeadlineSeconds: 0 })
})

test('a subscription that is not there yet is warned of, and looked for again', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const messages: object[] = []
  const pubsub = await startPubsub(messages, 404)
  const { app } = await bridged(pubsub.host)
  const problem = `projects/acme/subscriptions/pubsub at ${pubsub.host} can't be pulled: the answer is 404`
  await vi.waitFor(() => expect(warnings).toContainEqual(expect.stringContaining(problem)))
  // Others warn in this process too.
  const times = () => warnings.filter((text) => text.includes(problem)).length
  const before = times()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(times()).toBe(before)
  messages.push(message)
  pubsub.status = 200
  await vi.waitFor(() => expect(app.received).toHaveLength(1), 3_000)
})

test('a push to a service without a front door is not pulled, with a warning', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const { host, said } = await startPubsub([message])
  const policy = await samplePolicy()
  const search = { ...policy.services.get('search'), url: undefined, audiences: [] } as never
  const services = new Map([...policy.services, ['search', search]])
  const emulator = await startEmulator({ policy: { ...policy, services }, pubsubEmulator: host })
  onTestFinished(() => emulator.stop())
  const told = 'projects/acme/subscriptions/orders is not pulled: search has no front door here'
  await vi.waitFor(() => expect(warnings).toContainEqual(told))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect([said, emulator.events.kept]).toEqual([[], []])
})

test('an emulator of Pub/Sub that does not listen is warned of, and ends nothing', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const gone = await startApp()
  await gone[Symbol.asyncDispose]()
  const { emulator } = await bridged(new URL(gone.url).host)
  await vi.waitFor(() => expect(warnings.join()).toContain('ECONNREFUSED'))
  expect((await emulator.push('cloud-tasks')).outcome).toBe('acknowledged')
})

test.for(['http://127.0.0.1:8085', '127.0.0.1:8085/path', 'a@b', '', ' '])(
  '"%s" is not a host',
  async (pubsubEmulator) => {
    const starting = startEmulator({ policy: await samplePolicy(), pubsubEmulator })
    await expect(starting).rejects.toThrow(
      /^pubsubEmulator must be .* write one such as "127.0.0.1:8085"$/,
    )
  },
)
