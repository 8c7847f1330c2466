import { createTestIssuer, type IdTokenOptions, type TestIssuer } from '@countersign/testing'
import { createReceiver } from '../src/create-receiver.ts'
import type { Decision } from '../src/decision.ts'
import type { DecisionEvent, DenialLogEntry, LogEntry } from '../src/events.ts'
import type { ReceiverOptions } from '../src/options.ts'
import type { IncomingCall, Receiver } from '../src/receiver.ts'

export const audience = 'https://user-profiles-123.us-central1.run.app'
export const login = 'login@acme.iam.gserviceaccount.com'
export const stranger = 'mallory@evil.iam.gserviceaccount.com'

/** A receiver, an issuer it trusts, a clock, and all that it tells. */
export interface Fixture {
  receiver: Receiver
  issuer: TestIssuer
  clock: { time: number }
  events: DecisionEvent[]
  /** The denials of the log. */
  entries: DenialLogEntry[]
  /** What else it holds. */
  notices: Exclude<LogEntry, DenialLogEntry>[]
  /** Decides on a call of login's, changed as told. */
  check(token?: Partial<IdTokenOptions>, call?: Partial<IncomingCall>): Promise<Decision>
}

const issuerClock = { time: Date.now() }
const issuer = await createTestIssuer({ now: () => issuerClock.time })

export function fixture(options: Partial<ReceiverOptions> = {}): Fixture {
  issuerClock.time = Date.now()
  const events: DecisionEvent[] = []
  const entries: DenialLogEntry[] = []
  const notices: Fixture['notices'] = []
  const receiver = createReceiver({
    allow: [login],
    audience,
    keys: issuer.keys,
    now: () => issuerClock.time,
    onDecision: (event) => events.push(event),
    log: (entry) => ('enforced' in entry ? entries.push(entry) : notices.push(entry)),
    ...options,
  })
  return {
    receiver,
    issuer,
    clock: issuerClock,
    events,
    entries,
    notices,
    check: async (token = {}, call = {}) => {
      const headers = await issuer.headers({ email: login, audience, ...token })
      return receiver.check({
        method: 'GET',
        url: '/',
        ...call,
        headers: { ...headers, ...call.headers },
      })
    },
  }
}

/** The code of a denial; `allowed` where there is none. */
export function codeOf(decision: Decision): string {
  return decision.allowed ? 'allowed' : decision.denial.code
}
