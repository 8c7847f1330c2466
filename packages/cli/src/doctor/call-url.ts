import { redact } from '@countersign/shared/redact'
import type { TokenFacts } from '../causes/evidence.ts'
import { exitCodes, Failure } from '../command-line/failure.ts'
import { decodeToken } from './credentials.ts'
import { identityFor, signedFetchFor } from './identity.ts'
import { type CallTarget, findTarget } from './target.ts'

/** A call of a URL, like curl's, with a token. */
export interface UrlCall {
  url: string
  method: string
  headers: readonly [string, string][]
  body: string | undefined
  /** The account to call as; undefined for the credentials that are found. */
  as: string | undefined
  isAnonymous: boolean
  audience?: string | undefined
  emulator?: string | undefined
}

/** The answer, and as whom the call was made. No token is in it. */
export interface UrlAnswer {
  identity: string | undefined
  audience: string | undefined
  status: number
  statusText: string
  /** The receiver's `Countersign-Code`, if it refused the call. */
  code?: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** Calls a URL once, without following redirects: the token is for this service alone. */
export async function callUrl(call: UrlCall): Promise<UrlAnswer> {
  const { audience, emulator } = call
  const target = await findTarget(call.url, {
    ...(audience !== undefined && { audience }),
    ...(emulator !== undefined && { emulator }),
  })
  const signed = call.isAnonymous ? undefined : await signedHeaders(call, target)
  const { method, headers, body } = call
  const answer = await fetch(target.url, {
    method,
    redirect: 'manual',
    headers: [...headers, ...(signed?.headers ?? [])],
    ...(body !== undefined && { body }),
  }).catch(failed)
  const code = answer.headers.get('countersign-code') ?? ''
  return {
    identity: signed?.token.email ?? signed?.token.subject,
    audience: signed?.token.audience,
    status: answer.status,
    statusText: redact(answer.statusText),
    ...(/^[a-z_]{1,40}$/.test(code) && { code }),
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  }
}

async function signedHeaders(
  { as, method }: UrlCall,
  target: CallTarget,
): Promise<{ headers: Headers; token: TokenFacts }> {
  const serviceFetch = signedFetchFor(target, await identityFor(as, target))
  const headers = await serviceFetch.headers(target.url, { method })
  const token = decodeToken((headers.get('authorization') ?? '').replace(/^Bearer /, ''))
  return { headers, token }
}

function failed(error: unknown): never {
  const { cause, message } = error as Error
  throw new Failure('The call could not be made', {
    exitCode: cause === undefined ? exitCodes.usage : exitCodes.unavailable,
    hint: redact(String(cause ?? message)),
    cause: error,
  })
}
