import { fingerprintOf } from '../events/token-events.ts'
import { type ClaimOptions, computeEngineClaim } from '../google/issuer.ts'
import { createTokenCache } from '../google/token-cache.ts'
import { type About, type Handler, type Reply, text } from '../http/route.ts'
import { type Container, hasAccount, notFound } from './container.ts'

/**
 * `…/service-accounts/default/identity?audience=…`: an ID token of the container's account.
 *
 * On Compute Engine a token has an `email` only with `format=full`; on Cloud Run, which this is, it
 * always has one. `format=full` adds `google.compute_engine`, `licenses=TRUE` its licenses.
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
    // A token of a dropped key would be refused until it expires.
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

/** The real server calls its bare JWTs exactly `text/html`: clients must not insist on another. */
function html(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html' }, body }
}

/**
 * `…/service-accounts/default/token`: an access token of the container's account, which opens the
 * emulator's IAM Credentials and nothing of Google's.
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
 * An access token as a metadata server answers it. Its type is exactly `application/json`: Python's
 * google-auth compares it as a whole up to 2.23.0, and takes any other for text.
 *
 * @param expiresIn the rest of its life, in seconds
 */
function accessTokenReply(token: string, expiresIn: number, about: About): Reply {
  const answer = { access_token: token, expires_in: expiresIn, token_type: 'Bearer' }
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer), about }
}

/**
 * ID tokens of Google's own, for a container that has a genuine identity. Those for its own service
 * stay the emulator's: its receiver trusts no other.
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

/** What is left of a token is not said; clients ask again five minutes before this is over. */
const certainSeconds = 600

/** Access tokens of Google's own, likewise. */
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

/** Why is for whoever gave the identity to say: the service's own log is not the place. */
async function orUnavailable(answer: () => Promise<Reply>): Promise<Reply> {
  try {
    return await answer()
  } catch {
    return text(503, 'Google gave no token.\n')
  }
}
