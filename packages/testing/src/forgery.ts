import type { Denial, DenialCode } from '@countersign/receiver'

/** The caller that a forged call pretends to be, and the service it is sent to. */
export interface ForgeryTarget {
  /** A service account that the receiver under test allows. */
  email: string
  /** The one audience that it answers to. */
  audience: string
  /**
   * That account's unique id, if the receiver's list pins it (`subject`). With it there is one more
   * forgery: the account that was deleted and created again.
   *
   * @default 21 digits derived from the email
   */
  subject?: string
  /**
   * The header that the receiver reads: the same as the receiver's option `tokenHeader`.
   *
   * @default 'authorization'
   */
  tokenHeader?: 'authorization' | 'x-caller-authorization'
}

/** One forged call. */
export interface Forgery {
  /** A short, unique name of the forgery: use it as a test's title. */
  name: string
  /** The part of a call that is forged. */
  family: ForgeryFamily
  /** Why a receiver has to refuse it. */
  why: string
  /**
   * The headers to send, with any client: `fetch`, supertest, `http.request`. A header that is sent twice
   * is one value with a comma here (RFC 9110 section 5.3).
   */
  headers: Readonly<Record<string, string>>
  /**
   * The same headers as on the wire, names and values in turn: a header that is sent twice is in the list
   * twice. `http.request(url, { headers: [...forgery.rawHeaders] })` sends them like this, and a
   * receiver's `check` accepts them.
   */
  rawHeaders: readonly string[]
  /** The answer that a receiver in the mode `enforce` has to give. */
  expected: { status: Denial['status']; code: DenialCode }
}

/** The part of a call that is forged. */
export type ForgeryFamily = 'algorithm' | 'key' | 'encoding' | 'signature' | 'claims' | 'http'
