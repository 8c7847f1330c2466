import type { Denial, DenialCode } from '@countersign/receiver'

/** What a forged call pretends to be: the caller, and the service it is sent to. */
export interface ForgeryTarget {
  /** A service account that the receiver under test allows. */
  email: string
  /** The one audience that it answers to. */
  audience: string
  /**
   * That account's unique id, where the receiver pins it (`subject`). Given, there is one forgery
   * more: the account that was deleted and created again.
   *
   * @default 21 digits that follow from the email
   */
  subject?: string
  /**
   * The header that the receiver reads, as its own option `tokenHeader` says.
   *
   * @default 'authorization'
   */
  tokenHeader?: 'authorization' | 'x-caller-authorization'
}

/** One forged call. */
export interface Forgery {
  /** What is forged, in a few words that no other forgery has: a test's title. */
  name: string
  /** The part of a call that is forged. */
  family: ForgeryFamily
  /** What an attacker hopes for. */
  why: string
  /**
   * The headers to send, with any client: `fetch`, supertest, `http.request`. Headers that are there
   * twice are one value with a comma here, as RFC 9110 section 5.3 joins them.
   */
  headers: Readonly<Record<string, string>>
  /**
   * The same headers as they stand on the wire, names and values in turn, so that those that are
   * there twice are. `http.request(url, { headers: [...forgery.rawHeaders] })` sends them so, and a
   * receiver's `check` takes them.
   */
  rawHeaders: readonly string[]
  /** The answer that a receiver in the mode `enforce` owes it. */
  expected: { status: Denial['status']; code: DenialCode }
}

/** The part of a call that is forged. */
export type ForgeryFamily = 'algorithm' | 'key' | 'encoding' | 'signature' | 'claims' | 'http'
