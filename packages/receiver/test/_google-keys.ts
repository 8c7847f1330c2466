import { type GoogleKeysOptions, googleKeys } from '../src/keys/google-keys.ts'
import type { KeyEvent, KeySource } from '../src/keys/key-source.ts'
import { answerKeys, type KeyServer, publicJwk, startKeyServer } from './_key-server.ts'

export const minute = 60_000
export const hour = 60 * minute
export const first = publicJwk('first')
export const second = publicJwk('second')

/** Keys of an endpoint with one key, a clock, and all that they tell. */
export interface Fixture {
  server: KeyServer
  keys: KeySource
  clock: { time: number }
  events: KeyEvent[]
}

export async function fixture(options: GoogleKeysOptions = {}): Promise<Fixture> {
  const server = await startKeyServer(answerKeys([first]))
  const clock = { time: 1_700_000_000_000 }
  const events: KeyEvent[] = []
  const keys = googleKeys({
    url: server.url,
    now: () => clock.time,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { server, keys, clock, events }
}

/** The types of key events, in their order. */
export const typesOf = (events: readonly KeyEvent[]) => events.map(({ type }) => type)
