import type { Claims } from '../claims.ts'
import type { Draft } from './draft.ts'

/** A forgery that is a genuine token but for a few claims; `undefined` takes one out. */
export interface ClaimsDraft extends Omit<Draft, 'token'> {
  claims: Claims
}
