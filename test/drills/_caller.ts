import {
  type CallEvent,
  createServiceFetch,
  isIdTokenError,
  metadataServer,
  type ServiceFetch,
} from '@countersign/caller'
import type { TestIssuer } from '@countersign/testing'
import { answerKeys } from '../../packages/receiver/test/_key-server.ts'
import { handTokens, type MetadataServer, startMetadataServer } from './_metadata.ts'
import { audience } from './_names.ts'
import { published, type Service, startService } from './_service.ts'

/** A service that calls another, and the metadata server that its tokens come from. */
export interface Caller {
  service: Service
  /** The clock of everybody. */
  clock: { time: number }
  /** How far the caller's own clock is ahead of it. */
  skew: { ms: number }
  metadata: MetadataServer
  /** Who signs its tokens: the service knows the key. */
  issuer: TestIssuer
  serviceFetch: ServiceFetch
  events: CallEvent[]
  /** Calls the service: its answer, or the code of the error. */
  call(init?: RequestInit): Promise<{ outcome: string }>
}

/** Starts both, and a metadata server that is well. */
export async function startCaller({
  timeoutMs = 1000,
  replacedMs = 300_000,
} = {}): Promise<Caller> {
  const service = await startService()
  const { clock } = service
  const issuer = await service.issuer('first')
  service.keyServer.answer = answerKeys(published(issuer))
  const now = () => clock.time
  const metadata = await startMetadataServer(handTokens({ now, issuer: () => issuer, replacedMs }))
  const skew = { ms: 0 }
  const events: CallEvent[] = []
  const serviceFetch = createServiceFetch({
    targets: [{ url: service.url, audience }],
    identity: metadataServer({ host: metadata.host, timeoutMs }),
    onCall: (event) => events.push(event),
    now: () => clock.time + skew.ms,
  })
  const call = (init?: RequestInit) => outcomeOf(serviceFetch(`${service.url}/profiles/7`, init))
  return { service, clock, skew, metadata, issuer, serviceFetch, events, call }
}

/** How a call ended: `200`, status and code of a refusal, or the code of an error. */
export async function outcomeOf(calling: Promise<Response>): Promise<{ outcome: string }> {
  try {
    const response = await calling
    await response.arrayBuffer()
    const code = response.headers.get('countersign-code')
    return { outcome: [response.status, code].filter((part) => part !== null).join(' ') }
  } catch (error) {
    if (isIdTokenError(error)) return { outcome: error.code }
    throw error
  }
}
