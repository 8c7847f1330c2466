import { describe, expect, test } from 'vitest'
import { startEmulator } from '../src/index.ts'
import { identity as identityOf, observing } from './calls/_observing.ts'
import { endpoints } from './drills/_endpoints.ts'
import { profilesUrl, samplePolicy } from './policy.ts'
import { useEmulator } from './use-emulator.ts'

const running = useEmulator('user-profiles', 'search', 'status')

const { during } = observing(() => running.emulator)
const identity = (service: string) => identityOf(running.emulator, service)

describe('a token', () => {
  test('is minted once, then handed out again', async () => {
    const service = 'search'
    const events = await during(async () => {
      await identity(service)
      await identity(service)
    })
    const common = {
      type: 'token',
      at: expect.any(Number),
      endpoint: 'identity',
      service,
      account: 'search-run@acme.iam.gserviceaccount.com',
      audience: profilesUrl,
      status: 200,
      durationMs: expect.any(Number),
    }
    const { id = 0 } = events[0] ?? {}
    expect(events).toEqual([
      { id, ...common, from: 'minted' },
      { id: id + 1, ...common, from: 'cached' },
    ])
  })

  test.for(['access-token', 'token', 'sts', 'generate-id-token', 'generate-access-token'] as const)(
    '%s has its event',
    async (endpoint) => {
      const events = await during(() => endpoints[endpoint](running.emulator))
      expect(events.at(-1)).toMatchObject({ type: 'token', endpoint, status: 200, from: 'minted' })
    },
  )

  test.for(['jwks', 'certs', 'discovery', 'metadata'] as const)('%s has none', async (endpoint) => {
    expect(await during(() => endpoints[endpoint](running.emulator))).toEqual([])
  })

  test('refused, it says so, and names the drill', async () => {
    const fault = { kind: 'status', status: 429 } as const
    const events = await during(async () => {
      await running.emulator.drill({ fault, endpoint: 'identity', service: 'login', times: 1 })
      await identity('login')
    })
    const [begun, ended, token] = events
    const summary = 'identity of login: 429, once'
    expect(begun).toMatchObject({ type: 'drill', summary, active: true })
    expect(ended).toMatchObject({ type: 'drill', summary, active: false })
    expect(token).toMatchObject({ type: 'token', status: 429, service: 'login' })
    const drill = begun?.type === 'drill' ? begun.drill : 0
    expect(token).toMatchObject({ drill })
    expect(token).not.toHaveProperty('from')
  })
})

test('a push is a call and a push event for each attempt', async () => {
  // Its audience is the whole URL, which IAM does not know.
  const options = { maxAttempts: 2, speed: 100_000 }
  let delivery = 0
  const events = await during(async () => {
    delivery = (await running.emulator.push('orders', options)).delivery
  })
  expect(events.map(({ type }) => type)).toEqual(['call', 'push', 'call', 'push'])
  const common = { push: 'orders', kind: 'pubsub', to: 'search', delivery, status: 401 }
  expect(events[1]).toMatchObject({ ...common, attempt: 1, outcome: 'will-retry' })
  expect(events[3]).toMatchObject({ ...common, attempt: 2, outcome: 'given-up' })
})

describe('emulator.events', () => {
  test('iterated, they are those that are kept, then each as it comes, until stop', async () => {
    const other = await startEmulator({ policy: await samplePolicy() })
    const drill = () => other.drill({ fault: { kind: 'html' }, times: 1 })
    await drill()
    const got: number[] = []
    const iterating = (async () => {
      for await (const { id } of other.events) got.push(id)
    })()
    await drill()
    await expect.poll(() => got).toEqual([1, 2])
    await other.stop()
    await iterating
    // Both drills end with the emulator.
    expect(got).toEqual([1, 2, 3, 4])
  })

  test('what a reader does to an event, no other sees', () => {
    const [first] = running.emulator.events.kept
    Object.assign(first ?? {}, { type: 'spoilt' })
    expect(running.emulator.events.kept[0]?.type).not.toBe('spoilt')
  })
})
