import { createHash, timingSafeEqual } from 'node:crypto'
import aws4 from 'aws4'
import type { AwsCredentials } from './aws-instance.ts'

/** With what a request ought to be signed. */
export interface SigningOptions {
  /** Path and query. */
  readonly path: string
  readonly region: string
  readonly credentials: AwsCredentials
}

/**
 * Whether a POST without a body to AWS's STS is signed with these credentials (Signature Version 4):
 * it is signed anew, and whatever was changed in it leads to another signature. That covers the
 * credential's scope, too: its date, region and service.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * @param headers those of the request, by name in lower case
 * @param options with what it ought to be signed
 */
export function isSigned(
  headers: ReadonlyMap<string, string>,
  { path, region, credentials }: SigningOptions,
): boolean {
  const authorization = headers.get('authorization') ?? ''
  const signed = signedHeaders(headers, authorization)
  if (!signed) return false
  const request = { method: 'POST', service: 'sts', region, path, headers: signed }
  const { accessKeyId, secretAccessKey } = credentials
  const { headers: anew } = aws4.sign(request, { accessKeyId, secretAccessKey })
  return isSame(authorization.replace(/,\s*/g, ', '), String(anew?.Authorization))
}

/** Those that the request names as signed; undefined where it leaves out what must be. */
function signedHeaders(
  headers: ReadonlyMap<string, string>,
  authorization: string,
): Record<string, string> | undefined {
  const names = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]?.split(';') ?? []
  const isWhole = [...headers.keys()].every((name) => !mustSign(name) || names.includes(name))
  const signed = [...headers].filter(([name]) => names.includes(name))
  return isWhole ? Object.fromEntries(signed) : undefined
}

/** Unsigned, they could be changed on the way: the date, say, of a request that has grown old. */
function mustSign(name: string): boolean {
  return name === 'host' || name.startsWith('x-amz-')
}

/**
 * Compares in constant time.
 *
 * @param one a text
 * @param other another
 */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
