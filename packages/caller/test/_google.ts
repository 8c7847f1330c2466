import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { ServiceAccountKey } from '@countersign/caller'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { type Seen, startServer, type TestServer } from './_server.ts'
import { exchange } from './_sts.ts'
import { shapeToken } from './_tokens.ts'

/** Google's token endpoint, STS and IAM Credentials on loopback: written from Google's pages. */
export interface FakeGoogle extends TestServer {
  /** A key file for `login@acme.iam.gserviceaccount.com`. */
  key: ServiceAccountKey
  /** Every secret that went in or out, for leak tests. */
  secrets: string[]
  /** Answers the next requests in other ways, one each. */
  misbehave(...answers: FakeAnswer[]): void
}

interface FakeAnswer {
  status: number
  body: string
}

export const account = 'login@acme.iam.gserviceaccount.com'

export async function startGoogle(): Promise<FakeGoogle> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const queue: FakeAnswer[] = []
  const secrets: string[] = [privateKey]
  const server = await startServer(async (seen, _request, response) => {
    secrets.push(...secretsOf(seen))
    const { status, body } =
      queue.shift() ?? (await behave(seen, publicKey, server.url).catch(badRequest))
    secrets.push(...(body.match(/[\w-]+\.[\w-]+\.[\w-]+|ya29\.\w+/g) ?? []))
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  const key = {
    type: 'service_account',
    client_email: account,
    private_key: privateKey,
    private_key_id: 'key-1',
    token_uri: `${server.url}/token`,
  }
  return {
    ...server,
    key,
    secrets,
    misbehave(...answers) {
      queue.push(...answers)
    },
  }
}

type Fields = Record<string, unknown>

async function behave(seen: Seen, publicKey: string, url: string): Promise<FakeAnswer> {
  if (seen.url === '/token') return token(seen, publicKey, url)
  if (seen.url === '/v1/token') return exchange(seen)
  if (seen.url === '/v1/oauthtoken') return workforceToken(seen)
  const [, email, what] =
    seen.url.match(/^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(\w+)$/) ?? []
  if (!seen.headers.authorization?.startsWith('Bearer ya29.')) return error(401, 'no access token')
  const body: Fields = JSON.parse(seen.body)
  if (what === 'generateIdToken' && email) return ok({ token: idToken(body.audience, email) })
  if (what === 'generateAccessToken') return ok({ accessToken: `ya29.${email?.split('@')[0]}` })
  return error(404, 'not found')
}

async function token(seen: Seen, publicKey: string, url: string): Promise<FakeAnswer> {
  const form = new URLSearchParams(seen.body)
  if (form.get('grant_type') === 'refresh_token') return ok({ access_token: 'ya29.user' })
  const assertion = form.get('assertion') ?? ''
  const { payload } = await jwtVerify(assertion, createPublicKey(publicKey), {
    audience: `${url}/token`,
    issuer: account,
    maxTokenAge: '1h',
  })
  if (decodeProtectedHeader(assertion).kid !== 'key-1') return error(400, 'unknown key')
  if (payload.scope !== undefined) return ok({ access_token: 'ya29.key' })
  return ok({ id_token: idToken(payload.target_audience, account) })
}

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/oauthtoken */
function workforceToken({ headers, body }: Seen): FakeAnswer {
  const form = Object.fromEntries(new URLSearchParams(body))
  const client = `Basic ${btoa('id:client-secret')}`
  if (headers.authorization !== client) return error(401, 'invalid_client')
  const isWhole = form.grant_type === 'refresh_token' && form.refresh_token === 'refresh'
  return isWhole && !('client_secret' in form)
    ? ok({ access_token: 'ya29.workforce', expires_in: 3600, token_type: 'Bearer' })
    : error(400, 'invalid_request')
}

function idToken(aud: unknown, email: string): string {
  const iat = Math.floor(Date.now() / 1000)
  return shapeToken({ aud, email, email_verified: true, iat, exp: iat + 3600 })
}

function secretsOf({ body, headers }: Seen): string[] {
  const assertion = new URLSearchParams(body).get('assertion')
  return [assertion, headers.authorization?.slice(7)].filter((secret) => typeof secret === 'string')
}

function ok(body: Fields): FakeAnswer {
  return { status: 200, body: JSON.stringify(body) }
}

function error(status: number, message: string): FakeAnswer {
  return { status, body: JSON.stringify({ error: { code: status, message } }) }
}

function badRequest(): FakeAnswer {
  const body = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }
  return { status: 400, body: JSON.stringify(body) }
}
