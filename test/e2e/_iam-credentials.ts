import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { listen } from '../adapters/listen.ts'

/**
 * Google's token endpoint and IAM Credentials by the letter of their reference, and nothing of ours:
 * what impersonates must please it, not our emulator.
 *
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
export interface IamCredentials {
  url: string
  /** A person's file, as gcloud leaves it. */
  user: Record<string, string>
  /** What its tokens are verified with. */
  keys: { keys: JWK[] }
  /** What was generated, in order. */
  generated: Generated[]
  /** From now on nobody may impersonate anybody. */
  revoke(): void
}

export interface Generated {
  account: string
  method: string
  body: Record<string, unknown>
}

const refreshToken = '1//of-a-person'
const personsToken = 'ya29.of-a-person'

export async function startIamCredentials(): Promise<IamCredentials> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'google-1', alg: 'RS256', use: 'sig' }
  const generated: Generated[] = []
  let revoked = false

  async function answer(request: IncomingMessage): Promise<[number, object]> {
    const { method, url = '', headers } = request
    const sent = await text(request)
    if (method !== 'POST') return [404, {}]
    if (url === '/token') return tokenFor(new URLSearchParams(sent))
    const path = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(\w+)$/.exec(url)
    if (!path) return [404, {}]
    if (headers.authorization !== `Bearer ${personsToken}`) return refusal(401, 'UNAUTHENTICATED')
    if (revoked) return refusal(403, 'PERMISSION_DENIED')
    const [, account = '', called = ''] = path
    const body = JSON.parse(sent)
    generated.push({ account, method: called, body })
    if (called === 'generateAccessToken') return [200, { accessToken: `ya29.of ${account}` }]
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
    const [status, body] = await answer(request)
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

function refusal(code: number, status: string): [number, object] {
  return [code, { error: { code, message: `The caller may not: ${status}`, status } }]
}
