import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Google } from '../google/google.ts'
import { type Handler, json, type Reply, type RoutedRequest } from '../http/route.ts'
import { oauthError } from './errors.ts'
import { cloudScopes, sentForm } from './token.ts'

/**
 * `/tokeninfo`: what Google knows of an access token, or the claims of an ID token. Both can be in
 * the query or in a form; google-auth-library sends an access token as its `Authorization`.
 *
 * @see https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
 */
export function tokenInfoHandler(google: Google): Handler {
  return async (request) => {
    const { idToken, accessToken } = await sentTokens(request)
    if (idToken) return idTokenInfo(idToken, google)
    if (accessToken) return accessTokenInfo(accessToken, google)
    return oauthError('invalid_request', 'Required parameter is missing: access_token or id_token')
  }
}

async function sentTokens(
  request: RoutedRequest,
): Promise<{ idToken: string | undefined; accessToken: string | undefined }> {
  const form = request.method === 'POST' ? await sentForm(request) : undefined
  function field(name: string): string | undefined {
    return request.query.get(name) ?? form?.get(name) ?? undefined
  }
  const [, bearer] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  return { idToken: field('id_token'), accessToken: field('access_token') ?? bearer }
}

const invalid = oauthError('invalid_token', 'Invalid Value')

/** Whatever its audience: who asks compares it. */
async function idTokenInfo(token: string, { issuer }: Google): Promise<Reply> {
  const { isValid, claims } = { claims: {}, ...(await issuer.verify(token, audiencesOf(token))) }
  return isValid ? json(200, inTexts({ ...claims, ...decodeProtectedHeader(token) })) : invalid
}

function audiencesOf(token: string): readonly string[] {
  try {
    return [decodeJwt(token).aud ?? []].flat()
  } catch {
    return []
  }
}

/** A federated principal's token has none: it is no account. */
function accessTokenInfo(token: string, { accessTokens, accounts, users, now }: Google): Reply {
  const holder = accessTokens.holder(token)
  const end = accessTokens.end(token)
  if (!holder || holder.actsAs !== undefined || end === undefined) return invalid
  const { subject, email } = holder
  const client = accounts.has(email) ? subject : users.client.id
  const who = { azp: client, aud: client, sub: subject, email, email_verified: true }
  const times = { exp: Math.floor(end / 1000), expires_in: Math.floor((end - now()) / 1000) }
  return json(200, inTexts({ ...who, scope: cloudScopes, ...times, access_type: 'online' }))
}

/** Numbers and truths are texts in these answers. */
function inTexts(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      return [name, typeof value === 'object' ? value : String(value)]
    }),
  )
}
