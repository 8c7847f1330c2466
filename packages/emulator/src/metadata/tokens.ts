import { fingerprintOf } from '../events/token-events.ts'
import { type ClaimOptions, computeEngineClaim } from '../google/issuer.ts'
import { createTokenCache } from '../google/token-cache.ts'
import { type About, type Handler, type Reply, text } from '../http/route.ts'
import { type Container, hasAccount, notFound } from './container.ts'

/**
 * `…/service-accounts/default/identity?audience=…`: an ID token of the container's account.
 *
 * On Compute Engine a token has an `email` only with `format=full`; on Cloud Run, which the
 * emulator imitates, it always has one. `format=full` adds `google.compute_engine`, `licenses=TRUE`
 * its licenses.
 *
 * @see https://cloud.google.com/run/docs/securing/service-identity#fetching_identity_tokens
 */
export function identityHandler(container: Container): Handler {
  const { account, google } = container
  const cache = createTokenCache(google.now)
  return async ({ query }, parameters) => {
    if (!hasAccount(container, parameters.account)) return notFound()
    const audience = query.get('audience')
    if (!audience) return html(400, 'non-empty audience parameter required')
    const format = formatOf(query)
    // The key is part of the name: a cached token of a dropped key would be refused until it
    // expires.
    const { kid } = google.keys.signing()
    const { token, from } = cache.get(JSON.stringify({ audience, ...format, kid }), () =>
      google.issuer.idToken(account, audience, claimsFor(format, container)),
    )
    const fingerprint = fingerprintOf(await token)
    return {
      ...html(200, await token),
      about: { audience, account: account.email, from, fingerprint },
    }
  }
}

interface Format {
  isFull: boolean
  hasLicenses: boolean
}

function formatOf(query: URLSearchParams): Format {
  return {
    isFull: query.get('format') === 'full',
    hasLicenses: query.get('licenses')?.toUpperCase() === 'TRUE',
  }
}

function claimsFor({ isFull, hasLicenses }: Format, { service, project }: Container): ClaimOptions {
  if (!isFull) return {}
  const claim = computeEngineClaim(service.name, project)
  return { google: { compute_engine: hasLicenses ? { ...claim, license_id: [] } : claim } }
}

/**
 * The real server sends its bare JWTs as exactly `text/html`: clients must not require another
 * type.
 */
function html(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html' }, body }
}

/**
 * `…/service-accounts/default/token`: an access token of the container's account. It is valid at
 * the emulator's IAM Credentials, and not at Google.
 */
export function accessTokenHandler(container: Container): Handler {
  const { account, google } = container
  const cache = createTokenCache(google.now)
  return async (_call, parameters) => {
    if (!hasAccount(container, parameters.account)) return notFound()
    const { token, expiresAt, from } = cache.get('', async () => google.accessTokens.issue(account))
    const expiresIn = Math.floor((expiresAt - google.now()) / 1000)
    return accessTokenReply(await token, expiresIn, { account: account.email, from })
  }
}

/**
 * A metadata server's answer with an access token. Its content type is exactly `application/json`:
 * Python's google-auth up to 2.23.0 compares the whole value, and treats any other as text.
 *
 * @param expiresIn the remaining lifetime, in seconds
 */
function accessTokenReply(token: string, expiresIn: number, about: About): Reply {
  const answer = { access_token: token, expires_in: expiresIn, token_type: 'Bearer' }
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer), about }
}

/**
 * Genuine ID tokens of Google, for a container with a genuine identity. Tokens for its own service
 * still come from the emulator, since its receiver trusts only those.
 */
export function genuineIdTokens(container: Container, emulated: Handler): Handler {
  const { account, google, service } = container
  const identity = google.identities.get(service.name)
  if (!identity) return emulated
  return async (request, parameters) => {
    const audience = request.query.get('audience')
    const isOwn = !audience || service.audiences.includes(audience)
    if (isOwn || !hasAccount(container, parameters.account)) return emulated(request, parameters)
    const about = { audience, account: account.email, from: 'minted' } as const
    return orUnavailable(async () => {
      const headers = { 'content-type': 'text/html' }
      return { status: 200, headers, body: await identity.idToken(audience), about }
    })
  }
}

/**
 * The remaining lifetime of a token is unknown. Clients request a new one five minutes before the
 * end of this time.
 */
const certainSeconds = 600

/** Genuine access tokens of Google, for a container with a genuine identity. */
export function genuineAccessTokens(container: Container, emulated: Handler): Handler {
  const { account, google, service } = container
  const identity = google.identities.get(service.name)
  if (!identity) return emulated
  return async (request, parameters) => {
    if (!hasAccount(container, parameters.account)) return emulated(request, parameters)
    return orUnavailable(async () => {
      const token = await identity.accessToken()
      return accessTokenReply(token, certainSeconds, { account: account.email, from: 'minted' })
    })
  }
}

/**
 * Hides the reason of a failure: the provider of the identity reports it, and the service's log
 * must not contain it.
 */
async function orUnavailable(answer: () => Promise<Reply>): Promise<Reply> {
  try {
    return await answer()
  } catch {
    return text(503, 'Google gave no token.\n')
  }
}
