import { createReceiver, type DenialCode, googleKeys } from '@countersign/receiver'
import type { DecodedToken } from './decoded-token.ts'

/** What a receiver would make of a token. */
export type Verdict =
  | { readonly genuine: true }
  | { readonly genuine: false; readonly code: DenialCode; readonly detail: string }

/** What a token is held against. */
export interface Expected {
  /** Undefined: the token's own. */
  readonly audience: string | undefined
  /** The base URL of the emulator that may have issued it. */
  readonly emulator: string
}

/**
 * Asks a receiver, the one that services have, that lists whatever account the token names.
 *
 * @param token a compact JWS
 * @param decoded the same, decoded; undefined where that failed
 * @param expected what a receiver would expect
 */
export async function verdictOn(
  token: string,
  decoded: DecodedToken | undefined,
  { audience, emulator }: Expected,
): Promise<Verdict> {
  const url = `${emulator}/oauth2/v3/certs`
  const receiver = createReceiver({
    audience: audience ?? textOr(decoded?.claims.aud, 'https://nobody.example'),
    allow: [serviceAccountOr(decoded?.claims.email, 'nobody@nowhere.iam.gserviceaccount.com')],
    keys: isEmulators(decoded) ? googleKeys({ url }) : googleKeys(),
    mode: 'enforce',
    log: false,
  })
  const headers = { authorization: `Bearer ${token}` }
  const decision = await receiver.check({ method: 'GET', url: '/', headers })
  if (decision.allowed) return { genuine: true }
  const { code, detail } = decision.denial
  return { genuine: false, code, detail }
}

/** No key of Google's is called so. */
function isEmulators(decoded: DecodedToken | undefined): boolean {
  return String(decoded?.header.kid).startsWith('emulator-')
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && /^[^\s,]+$/.test(value) ? value : otherwise
}

/** Receivers take no other for an allow-list. */
function serviceAccountOr(value: unknown, otherwise: string): string {
  const isOne = /^[a-z0-9._-]+@([a-z0-9-]+\.)+gserviceaccount\.com$/.test(String(value))
  return isOne ? String(value) : otherwise
}
