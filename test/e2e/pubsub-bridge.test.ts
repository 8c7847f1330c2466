/**
 * Google's own Pub/Sub emulator, used by Google's own client, behind our push senders. It runs where
 * `PUBSUB_EMULATOR` names its program, as `.ci/run` does where gcloud has it.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { startEmulator } from '@countersign/emulator'
import { verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import { PubSub } from '@google-cloud/pubsub'
import express from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { freePort } from '../free-port.ts'

const program = process.env.PUBSUB_EMULATOR

const projectId = 'acme'
const pusher = 'pusher@acme.iam.gserviceaccount.com'
const audience = 'https://orders-123.us-central1.run.app'
const services = {
  services: {
    orders: {
      url: audience,
      project: projectId,
      serviceAccount: 'orders@acme.iam.gserviceaccount.com',
    },
  },
  pushes: {
    orders: { kind: 'pubsub', serviceAccount: pusher, to: 'orders', path: '/push', audience },
  },
} as const

/** What an app makes of a push. */
interface Pushed {
  email: string | undefined
  kind: string | undefined
  text: string
  attributes: Record<string, string>
}

let google: { host: string; child: ChildProcess }
let pubsub: PubSub

describe.skipIf(!program)('the bridge to Pub/Sub', () => {
  beforeAll(async () => {
    google = await startGoogles(String(program))
    pubsub = new PubSub({ projectId, apiEndpoint: google.host, emulatorMode: true })
  }, 60_000)
  afterAll(async () => {
    await pubsub.close()
    google.child.kill()
    await once(google.child, 'exit')
  })
  afterEach(() => vi.unstubAllEnvs())

  test("Google's emulator pushes without a token: the receiver refuses it", async () => {
    const { seen, url, pushed } = await startOrders()
    const [topic] = await pubsub.createTopic('unsigned')
    await topic.createSubscription('unsigned', { pushEndpoint: `${url}/push` })
    await topic.publishMessage({ data: Buffer.from('hello') })
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), 10_000)
    expect([seen[0], pushed]).toEqual([undefined, []])
    await topic.delete()
    await pubsub.subscription('unsigned').delete()
  })

  test('the bridge signs: what is published arrives once, acknowledged', async () => {
    const { pushed } = await startOrders({ pubsubEmulator: google.host })
    const topic = await topicWithPull()
    const texts = ['one', 'two', '{"three":3}']
    for (const text of texts) {
      await topic.publishMessage({ data: Buffer.from(text), attributes: { About: text } })
    }
    await vi.waitFor(() => expect(pushed).toHaveLength(3), 15_000)
    // Longer than the ack deadline: nothing comes again.
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    expect(pushed.toSorted((a, b) => texts.indexOf(a.text) - texts.indexOf(b.text))).toEqual(
      texts.map((text) => ({ email: pusher, kind: 'pubsub', text, attributes: { About: text } })),
    )
  }, 40_000)

  test('what is refused comes again by Pub/Sub’s rules, and not before', async () => {
    const { pushed } = await startOrders({ pubsubEmulator: google.host }, [503])
    const topic = await topicWithPull()
    const began = performance.now()
    await topic.publishMessage({ data: Buffer.from('again') })
    await vi.waitFor(() => expect(pushed).toHaveLength(2), 20_000)
    expect(performance.now() - began).toBeGreaterThan(9_900)
    expect(pushed.map(({ text }) => text)).toEqual(['again', 'again'])
  }, 40_000)
})

/** Both go with the test. */
async function topicWithPull() {
  const [topic] = await pubsub.createTopic('orders')
  const [subscription] = await topic.createSubscription('orders', { ackDeadlineSeconds: 10 })
  onTestFinished(async () => {
    await subscription.delete()
    await topic.delete()
  })
  return topic
}

/** Our emulator and a receiver that answers with these statuses first, then 204. */
async function startOrders(options: { pubsubEmulator?: string } = {}, statuses: number[] = []) {
  const emulator = await startEmulator({ policy: await loadPolicy(services), ...options })
  onTestFinished(() => emulator.stop())
  for (const [name, value] of Object.entries(emulator.env('orders'))) vi.stubEnv(name, value)
  const pushed: Pushed[] = []
  const seen: (string | undefined)[] = []
  const app = express()
  app.use((req, _res, next) => {
    seen.push(req.headers.authorization)
    next()
  })
  app.use(verifyCaller((await loadPolicy(services)).receiver('orders')), express.json())
  app.post('/push', ({ caller, body: { message } }, res) => {
    const text = Buffer.from(message.data, 'base64').toString()
    const { attributes } = message
    pushed.push({ email: caller?.email, kind: caller?.push?.kind, text, attributes })
    res.sendStatus(statuses.shift() ?? 204)
  })
  const url = await listen(app)
  emulator.forwardTo('orders', url)
  return { pushed, seen, url }
}

async function startGoogles(path: string) {
  const port = await freePort()
  const child = spawn(path, ['--host=127.0.0.1', `--port=${port}`], { stdio: 'ignore' })
  const host = `127.0.0.1:${port}`
  await vi.waitFor(() => fetch(`http://${host}`), { timeout: 50_000, interval: 200 })
  return { host, child }
}
