/** Each Google product's deliveries against the emulator, up to an app behind the front door. */

import { startEmulator } from '@countersign/emulator'
import { verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express from 'express'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listen } from '../adapters/listen.ts'

const audience = 'https://orders-123.us-central1.run.app'
const to = { to: 'orders', audience }
const services = {
  services: {
    orders: { url: audience, serviceAccount: 'orders@acme.iam.gserviceaccount.com' },
  },
  pushes: {
    messages: { kind: 'pubsub', serviceAccount: 'account-a@acme.iam.gserviceaccount.com', ...to },
    tasks: { kind: 'cloud-tasks', serviceAccount: 'account-b@acme.iam.gserviceaccount.com', ...to },
    jobs: {
      kind: 'cloud-scheduler',
      serviceAccount: 'account-c@acme.iam.gserviceaccount.com',
      ...to,
    },
    events: { kind: 'eventarc', serviceAccount: 'account-d@acme.iam.gserviceaccount.com', ...to },
  },
} as const

/** The emulator and an app that tells who pushed; both end with the test. */
async function startOrders() {
  const emulator = await startEmulator({ policy: await loadPolicy(services) })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await emulator.stop()
  })
  for (const [name, value] of Object.entries(emulator.env('orders'))) vi.stubEnv(name, value)
  const callers: unknown[] = []
  const app = express()
  app.use(verifyCaller((await loadPolicy(services)).receiver('orders')))
  app.post('/{*path}', (req, res) => {
    callers.push({ email: req.caller?.email, ...req.caller?.push })
    res.sendStatus(callers.length % 2 ? 503 : 204)
  })
  emulator.forwardTo('orders', await listen(app))
  return { emulator, callers }
}

test.for([
  ['messages', { email: 'account-a@acme.iam.gserviceaccount.com', kind: 'pubsub' }],
  [
    'tasks',
    { email: 'account-b@acme.iam.gserviceaccount.com', kind: 'cloud-tasks', source: 'tasks' },
  ],
  [
    'jobs',
    { email: 'account-c@acme.iam.gserviceaccount.com', kind: 'cloud-scheduler', source: 'jobs' },
  ],
  ['events', { email: 'account-d@acme.iam.gserviceaccount.com', kind: 'eventarc' }],
] as const)('%s are let in, and tried again', async ([name, caller]) => {
  const { emulator, callers } = await startOrders()
  const { attempts } = await emulator.push(name, { maxAttempts: 2, speed: 1e6 })
  expect(attempts.map(({ status }) => status)).toEqual([503, 204])
  expect(callers).toEqual([expect.objectContaining(caller), expect.objectContaining(caller)])
})

test('the retry count of a task is told', async () => {
  const { emulator, callers } = await startOrders()
  await emulator.push('tasks', { speed: 1e6 })
  expect(callers).toEqual([
    expect.objectContaining({ retryCount: 0 }),
    expect.objectContaining({ retryCount: 1 }),
  ])
})

test('the subscription of an unwrapped message is told', async () => {
  const { emulator, callers } = await startOrders()
  await emulator.push('messages', { payload: 'unwrapped-with-metadata', speed: 1e6 })
  expect(callers[0]).toMatchObject({ source: expect.stringMatching(/\/subscriptions\/messages$/) })
})
