import { fingerprintOf } from '../../events/token-events.ts'
import { type ClaimOptions, computeEngineClaim } from '../../google/issuer.ts'
import { createTokenCache } from '../../google/token-cache.ts'
import type { Handler, Reply } from '../../http/route.ts'
import { type Container, hasAccount } from './container.ts'
import { notFound } from './guards.ts'

/**
 * `…/service-accounts/default/identity?audience=…`: an ID token of the container's account.
 *
 * On Compute Engine a token has an `email` only with `format=full`; on Cloud Run, which this is, it
 * always has one. `format=full` adds `google.compute_engine`, `licenses=TRUE` its licenses.
 *
 * https://cloud.google.com/run/docs/securing/service-identity#fetching_identity_tokens
 *
 * @param container whose identity
 */
export function identityHandler(container: Container): Handler {
  const { account, google } = container
  const cache = createTokenCache(google.now)
  return async ({ query }, parameters) => {
    if (!hasAccount(container, parameters.account)) return notFound()
    const audience = query.get('audience')
    if (!audience) return html(400, 'non-empty audience parameter required')
    const format = formatOf(query)
    const mint = (): Promise<string> =>
      google.issuer.idToken(account, audience, claimsFor(format, container))
    // A token of a dropped key would be refused until it expires.
    const { kid } = google.keys.signing()
    const { token, from } = cache.get(JSON.stringify({ audience, ...format, kid }), mint)
    const fingerprint = fingerprintOf(await token)
    return {
      ...html(200, await token),
      about: { audience, account: account.email, from, fingerprint },
    }
  }
}

interface Format {
  readonly isFull: boolean
  readonly hasLicenses: boolean
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
