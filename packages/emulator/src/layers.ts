import type { FrontDoorRefusal } from './requests.ts'

/** Who a token says is calling. */
export interface Party {
  /** The service of the policy with this account. */
  readonly service?: string
  readonly account: string
  /** `false`: only claimed; the token failed the front door's checks. */
  readonly verified: boolean
}

/** One stage of a call, with what it saw. */
export type Layer =
  /** What the caller sent. Tokens are replaced by `Bearer <claims of token below>`. */
  | { readonly stage: 'sent'; readonly headers: HeaderList }
  /** A bearer token of the call, decoded. */
  | {
      readonly stage: 'token'
      readonly header: 'x-serverless-authorization' | 'authorization' | 'proxy-authorization'
      readonly claims: Readonly<Record<string, unknown>>
      readonly kid?: string
      readonly issuedHere: boolean
    }
  /** IAM's verdict. `got` and `expected` for what did not match, such as the audience. */
  | {
      readonly stage: 'front-door'
      readonly verdict: 'admitted' | FrontDoorRefusal
      readonly claim?: string
      readonly got?: string
      readonly expected?: readonly string[]
      readonly tolerance?: AudienceTolerance
      readonly atMs: number
    }
  /** What the app was handed: headers after the front door. */
  | { readonly stage: 'forwarded'; readonly headers: HeaderList; readonly atMs: number }
  /** The app's answer. `code` is its `Countersign-Code`, where `verifyCaller` refused. */
  | {
      readonly stage: 'answer'
      readonly status: number
      readonly code?: string
      readonly detail?: string
      readonly headers: HeaderList
      readonly atMs: number
    }

/**
 * Why the front door admitted a token whose `aud` is none of the service's audiences, as Cloud Run
 * does. `verifyCaller` compares exactly, and may refuse it.
 */
export type AudienceTolerance =
  /** It is the service's URL with a slash at its end. */
  | 'slash'
  /** It is the URL that was called: what a trigger of Eventarc uses that no audience was given. */
  | 'eventarc'

/** Names in the order sent, lower case. No value holds a token. */
export type HeaderList = readonly (readonly [name: string, value: string])[]
