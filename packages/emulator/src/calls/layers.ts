import type { IncomingMessage } from 'node:http'
import { shownGrant } from '../events/grant-events.ts'
import { headerList, shownClaims, withoutSecrets } from '../events/redact.ts'
import type { AudienceTolerance, FrontDoorRefusal, Layer, MissingGrant } from '../events.ts'
import type { SeenToken } from './seen-tokens.ts'

const maxTextLength = 500
const maxExpected = 50

/** IAM's decision on a call. */
export type Verdict = Admitted | Refused

/** An admitted call; `tolerance` if its audience is not one of the service's. */
interface Admitted {
  admitted: true
  account?: string
  tolerance?: AudienceTolerance
}

/** A refusal before the app is asked. */
export type IamRefusal = Exclude<FrontDoorRefusal, 'app_unreachable'>

/** A refused call, and the claim that did not match. */
export interface Refused {
  admitted: false
  refusal: IamRefusal
  account?: string
  claim?: string
  got?: unknown
  expected?: readonly string[]
  missing?: MissingGrant
}

/** A layer of one stage. */
export type LayerOf<S extends Layer['stage']> = Extract<Layer, { stage: S }>

/** The layers of the sent headers and the decoded tokens. */
export function sentLayers({ rawHeaders }: IncomingMessage, seen: readonly SeenToken[]): Layer[] {
  const headers = headerList(rawHeaders, decodedHeaders(seen))
  return [{ stage: 'sent', headers }, ...seen.flatMap(tokenLayer)]
}

/** The layer of IAM's decision. */
export function verdictLayer(verdict: Verdict, atMs: number): LayerOf<'front-door'> {
  if (verdict.admitted) {
    const { tolerance } = verdict
    return { stage: 'front-door', verdict: 'admitted', ...(tolerance && { tolerance }), atMs }
  }
  const { refusal, claim, got, expected, missing } = verdict
  const show = claim === 'kid' ? shownKid : shown
  return {
    stage: 'front-door',
    verdict: refusal,
    ...(claim !== undefined && { claim }),
    ...(got !== undefined && { got: show(got) }),
    ...(expected && { expected: expected.slice(0, maxExpected).map(show) }),
    ...(missing && { missing: shownMissing(missing) }),
    atMs,
  }
}

/** The layer of an app that does not answer. */
export function unreachableLayer(app: URL, atMs: number): LayerOf<'front-door'> {
  return { stage: 'front-door', verdict: 'app_unreachable', expected: [app.origin], atMs }
}

/**
 * The layer of the headers that the app received.
 *
 * @param rawHeaders names and values, alternating
 */
export function forwardedLayer(
  rawHeaders: readonly string[],
  { seen, atMs }: { seen: readonly SeenToken[]; atMs: number },
): LayerOf<'forwarded'> {
  return { stage: 'forwarded', headers: headerList(rawHeaders, decodedHeaders(seen)), atMs }
}

/** The layer of the app's answer. */
export function answerLayer(
  { statusCode = 502, headers, rawHeaders }: IncomingMessage,
  atMs: number,
): LayerOf<'answer'> {
  const code = String(headers['countersign-code'] ?? '')
  return {
    stage: 'answer',
    status: statusCode,
    ...(/^[a-z_]{1,50}$/.test(code) && { code }),
    headers: headerList(rawHeaders),
    atMs,
  }
}

/** The caller chose the email in it. */
function shownMissing({ member, command, instead, ...missing }: MissingGrant): MissingGrant {
  return {
    ...missing,
    member: shown(member),
    command: shown(command),
    ...(instead && { instead: shownGrant(instead) }),
  }
}

function tokenLayer({ header, claims, kid, verification }: SeenToken): LayerOf<'token'>[] {
  if (!claims) return []
  return [
    {
      stage: 'token',
      header,
      claims: shownClaims(claims),
      ...(kid !== undefined && { kid: shownKid(kid) }),
      issuedHere: verification.isIssuedHere,
    },
  ]
}

function decodedHeaders(seen: readonly SeenToken[]): ReadonlySet<string> {
  return new Set(seen.filter(({ claims }) => claims).map(({ header }) => header))
}

/** A `kid` is public, but as long as a secret, so it would be redacted otherwise. */
function shownKid(kid: unknown): string {
  return typeof kid === 'string' && /^[\w-]{1,80}$/.test(kid) ? kid : shown(kid)
}

function shown(value: unknown): string {
  return withoutSecrets(typeof value === 'string' ? value : JSON.stringify(value), maxTextLength)
}
