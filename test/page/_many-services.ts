import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'

/** Two hundred services, each of which may call the next. */
export const manyNames: readonly string[] = Array.from(
  { length: 200 },
  (_, index) => `service-${index}`,
)

/** An emulator with these services, and functions that make calls. */
export interface ManyServices {
  emulator: Emulator
  /** Makes the n-th service call the next one. */
  call(number: number): Promise<void>
  /** Makes one service call another, declared or not. */
  callAs(from: string, to: string): Promise<void>
}

/**
 * Starts the emulator.
 *
 * @param app URL of an app that answers for all services
 */
export async function startManyServices(app: string): Promise<ManyServices> {
  const emulator = await startEmulator({ policy: await loadPolicy(ring, { environment: 'prod' }) })
  for (const name of manyNames) emulator.forwardTo(name, app)
  const tokens = new Map<string, Promise<string>>()
  async function callAs(from: string, to: string): Promise<void> {
    const audience = `https://${to}-123.us-central1.run.app`
    const token = tokens.get(`${from} ${to}`) ?? emulator.idToken(from, audience)
    tokens.set(`${from} ${to}`, token)
    const headers = { authorization: `Bearer ${await token}` }
    const answer = await fetch(`${emulator.frontDoor(to)}/items/7`, { headers })
    await answer.arrayBuffer()
  }
  return { emulator, callAs, call: (number) => callAs(nameOf(number), nameOf(number + 1)) }
}

function nameOf(number: number): string {
  return manyNames[number % manyNames.length] ?? ''
}

const ring = {
  environments: {
    prod: {
      project: 'acme',
      projectNumber: '123',
      region: 'us-central1',
      accounts: '{service}-run',
    },
  },
  services: Object.fromEntries(
    manyNames.map((name, index) => [name, { calls: { [nameOf(index + 1)]: {} } }]),
  ),
}
