import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { endToEndHeaders } from '@countersign/shared/exchange/end-to-end'
import { abortAfter } from '@countersign/shared/realm/signals'
import type { JWTPayload } from 'jose'
import type { Journal } from '../events/journal.ts'
import { isSecretName, withoutSecrets } from '../events/redact.ts'
import type { KeptCall, KeptToken, Replays } from '../events/replays.ts'
import type { Google } from '../google/google.ts'

const timeoutMs = 30_000

/** A call to replay. */
export interface Replay {
  call: KeptCall
  /** The id of its event. */
  of: number
  /** The front door's URL, with its IP address. */
  url: string
}

/** The parts that a replay needs. */
export interface ReplayParts {
  google: Google
  journal: Pick<Journal, 'replays'>
}

/** The result of a replay. */
export interface Replayed {
  /** The id of its event. */
  call: number
  status: number
}

/**
 * Replays a call: method, target, headers without credentials, and a small body. Bearer tokens of
 * the emulator are replaced by new ones with the same claims; other tokens are sent unchanged. A
 * call without a token stays one.
 *
 * @throws {TypeError} if its body was not kept
 * @throws {Error} if nothing answers within half a minute
 */
export async function replayCall(
  { google, journal }: ReplayParts,
  { call, of, url }: Replay,
): Promise<Replayed> {
  const body = wholeBody(call, of)
  const headers = [...openHeaders(call, body), ...(await newTokens(call, google))]
  const { method, target: path } = call
  const signal = abortAfter(timeoutMs)
  const outgoing = httpRequest(url, { method, path, headers, agent: false, signal })
  const replayed = answered(outgoing, { of, replays: journal.replays })
  outgoing.end(body)
  return replayed
}

function wholeBody({ body }: KeptCall, of: number): Buffer {
  if (!body) throw new TypeError(`call ${of} opens a WebSocket, which can't be replayed`)
  const whole = body.whole()
  if (whole) return whole
  throw new TypeError(
    `call ${of} can't be replayed: its body is larger than 16 KB, or has not ended yet`,
  )
}

/**
 * Its port identifies the replay at the front door: a header could be seen by the app, or forged.
 */
function answered(
  outgoing: ClientRequest,
  { of, replays }: { of: number; replays: Replays },
): Promise<Replayed> {
  const status = Promise.withResolvers<number>()
  const event = Promise.withResolvers<number>()
  outgoing.on('socket', (socket) => {
    socket.once('connect', () => {
      const forget = replays.expect(socket.localPort ?? 0, { replayOf: of, onEvent: event.resolve })
      socket.once('close', forget)
    })
  })
  outgoing.on('response', (answer: IncomingMessage) => {
    answer.on('error', () => undefined).resume()
    status.resolve(answer.statusCode ?? 0)
  })
  outgoing.on('error', status.reject)
  return Promise.all([event.promise, status.promise])
    .then(([call, answer]) => ({ call, status: answer }))
    .finally(() => outgoing.destroy())
}

/**
 * The bearer tokens of a call, to send in the same headers. Tokens of the emulator are signed
 * again, with the same claims and a new lifetime. Others stay unchanged: signing a forged token
 * would make it genuine.
 *
 * @returns names and values, alternating
 */
async function newTokens({ seen }: KeptCall, google: Google): Promise<string[]> {
  const headers = seen.map(async (token) => [token.header, `Bearer ${await again(token, google)}`])
  return (await Promise.all(headers)).flat()
}

async function again(
  { token, claims, verification }: KeptToken,
  { issuer, now }: Pick<Google, 'issuer' | 'now'>,
): Promise<string> {
  if (!claims || !verification.isIssuedHere) return token
  return issuer.sign(fromNowOn(claims, Math.floor(now() / 1000)))
}

/** Keeps the length of the lifetime, even if it is too long. */
function fromNowOn(claims: JWTPayload, now: number): JWTPayload {
  const { iat, exp } = claims
  if (iat === undefined || exp === undefined) return claims
  return { ...claims, iat: now, exp: now + exp - iat }
}

/** Headers that are set again, or were answered already. */
const dropped: readonly string[] = ['content-length', 'expect']

/**
 * The headers of a call without credentials, to send again.
 *
 * @returns names and values, alternating
 */
function openHeaders({ rawHeaders, headers }: KeptCall, body: Buffer): string[] {
  const sent = endToEndHeaders(rawHeaders, dropped)
  const open = sent.flatMap((name, index) => {
    const value = sent[index + 1] ?? ''
    return index % 2 === 0 && isOpen(name, value) ? [name, value] : []
  })
  const hadBody = headers['content-length'] ?? headers['transfer-encoding']
  return hadBody === undefined ? open : [...open, 'Content-Length', String(body.length)]
}

function isOpen(name: string, value: string): boolean {
  return !isSecretName(name) && withoutSecrets(value, value.length) === value
}
