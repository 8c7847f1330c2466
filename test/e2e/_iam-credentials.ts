import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { exchange } from '../../packages/caller/test/_sts.ts'
import { listen } from '../adapters/listen.ts'

/**
 * Google's token endpoint, STS and IAM Credentials by the letter of their reference, and nothing of
 * ours: what impersonates must please it, not our emulator.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
export interface IamCredentials {
  url: string
  /** A person's file, as gcloud leaves it. */
  user: Record<string, string>
  /** Another's, who logs in through a company's own provider. */
  workforce: Record<string, string>
  /** What its tokens are verified with. */
  keys: { keys: JWK[] }
  /** What was generated, in order. */
  generated: Generated[]
  /** From now on nobody may impersonate anybody. */
  revoke(): void
}

type Sent = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string }

interface Generated {
  account: string
  method: string
  body: Record<string, unknown>
}

const refreshToken = '1//of-a-person'
const personsToken = 'ya29.of-a-person'
/** What may impersonate: a person, a federated identity, and the account in between. */
const starting = [
  personsToken,
  'ya29.federated',
  'ya29.of middle@acme.iam.gserviceaccount.com',
].map((token) => `Bearer ${token}`)

export async function startIamCredentials(): Promise<IamCredentials> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'google-1', alg: 'RS256', use: 'sig' }
  const generated: Generated[] = []
  let revoked = false

  async function answer({ method, url = '', headers, body }: Sent): Promise<[number, object]> {
    if (method !== 'POST') return [404, {}]
    if (url === '/token') return tokenFor(new URLSearchParams(body))
    if (url === '/v1/token') return exchanged({ method, headers, body })
    if (url === '/v1/oauthtoken') return workforceToken(headers, new URLSearchParams(body))
    const path = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(\w+)$/.exec(url)
    if (!path) return [404, {}]
    if (!starting.includes(String(headers.authorization))) return refusal(401, 'UNAUTHENTICATED')
    if (revoked) return refusal(403, 'PERMISSION_DENIED')
    return generate(String(path[1]), String(path[2]), JSON.parse(body))
  }

  async function generate(
    account: string,
    method: string,
    body: Record<string, unknown>,
  ): Promise<[number, object]> {
    if (!isRight(body)) return refusal(400, 'INVALID_ARGUMENT')
    generated.push({ account, method, body })
    if (method === 'generateAccessToken') return [200, { accessToken: `ya29.of ${account}` }]
    return [200, { token: await idToken(account, body) }]
  }

  function idToken(email: string, body: Record<string, unknown>): Promise<string> {
    const named = body.includeEmail === true ? { email, email_verified: true } : {}
    return new SignJWT({ azp: '107', ...named })
      .setProtectedHeader({ alg: 'RS256', kid: 'google-1', typ: 'JWT' })
      .setIssuer('https://accounts.google.com')
      .setAudience(String(body.audience))
      .setSubject('107')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  }

  const url = await listen(async (request, response) => {
    const { method, url, headers } = request
    const [status, body] = await answer({ method, url, headers, body: await text(request) })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  return {
    url,
    user: {
      type: 'authorized_user',
      client_id: 'gcloud',
      client_secret: 'known to all',
      refresh_token: refreshToken,
      token_uri: `${url}/token`,
    },
    workforce: {
      type: 'external_account_authorized_user',
      audience: '//iam.googleapis.com/locations/global/workforcePools/staff/providers/entra',
      client_id: 'gcloud',
      client_secret: 'known to all',
      refresh_token: refreshToken,
      token_url: `${url}/v1/oauthtoken`,
      token_info_url: `${url}/v1/introspect`,
    },
    keys: { keys: [jwk] },
    generated,
    revoke: () => {
      revoked = true
    },
  }
}

function tokenFor(form: URLSearchParams): [number, object] {
  const isKnown = form.get('refresh_token') === refreshToken
  if (form.get('grant_type') !== 'refresh_token' || !isKnown) {
    return [400, { error: 'invalid_grant' }]
  }
  return [200, { access_token: personsToken, expires_in: 3599, token_type: 'Bearer' }]
}

/**
 * The client says who it is in the header alone.
 *
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/oauthtoken
 */
function workforceToken(
  { authorization }: Sent['headers'],
  form: URLSearchParams,
): [number, object] {
  const isClient = authorization === `Basic ${btoa('gcloud:known to all')}`
  return isClient && !form.has('client_secret')
    ? tokenFor(form)
    : [401, { error: 'invalid_client' }]
}

/** Delegates are resource names, and the wildcard is required. */
function isRight({ delegates = [] }: { delegates?: unknown }): boolean {
  return [delegates]
    .flat()
    .every((name) => /^projects\/-\/serviceAccounts\/[^/@]+@[^/@]+$/.test(String(name)))
}

function exchanged(request: Parameters<typeof exchange>[0]): [number, object] {
  const { status, body } = exchange(request)
  return [status, JSON.parse(body)]
}

function refusal(code: number, status: string): [number, object] {
  return [code, { error: { code, message: `The caller may not: ${status}`, status } }]
}
