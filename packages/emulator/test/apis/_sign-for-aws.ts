import { createHash, createHmac } from 'node:crypto'

/** The credentials of an instance's role, as its metadata service writes them. */
export interface RoleCredentials {
  AccessKeyId: string
  SecretAccessKey: string
  Token: string
}

/** A request to AWS, as it stands in the place of a subject token. */
export interface RequestForAws {
  url: string
  method: string
  headers: { key: string; value: string }[]
  body?: string
}

/** What is signed: with which headers, all of them or those that are named. */
export interface ToSign {
  region: string
  url: string
  headers: Record<string, string>
  names?: string[]
}

/**
 * Signature Version 4, written from its specification, so that the emulator's library isn't checked
 * with itself: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signForAws(
  { AccessKeyId, SecretAccessKey }: RoleCredentials,
  { region, url, headers, names = Object.keys(headers) }: ToSign,
): RequestForAws {
  const { pathname, search } = new URL(url)
  const date = headers['x-amz-date'] ?? ''
  const signed = names.toSorted()
  const lines = signed.map((name) => `${name}:${headers[name]}\n`).join('')
  const request = ['POST', pathname, search.slice(1), lines, signed.join(';'), sha256('')]
  const scope = [date.slice(0, 8), region, 'sts', 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(request.join('\n'))]
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SecretAccessKey}`)
  const signature = hmac(key, toSign.join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope.join('/')}, SignedHeaders=${signed.join(';')}, Signature=${signature}`
  const all = Object.entries({ ...headers, authorization })
  return { url, method: 'POST', headers: all.map(([key, value]) => ({ key, value })) }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
