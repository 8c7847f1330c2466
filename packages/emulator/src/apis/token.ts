import { mintedIdToken } from '../events/token-events.ts'
import type { Account } from '../google/accounts.ts'
import { accessTokenHash, type OAuthClient } from '../google/credentials.ts'
import type { Google } from '../google/google.ts'
import { lifetimeSeconds } from '../google/keys.ts'
import { jsonObject } from '../http/body.ts'
import { type Handler, json, type Reply, type RoutedRequest } from '../http/route.ts'
import { type Assertion, checkAssertion } from './assertion.ts'
import { missingParameter, oauthError } from './errors.ts'

/**
 * `POST /token`: OAuth's token endpoint, for service accounts' keys and for people.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export function tokenHandler(google: Google, url: string): Handler {
  return async (request) => {
    const form = await sentForm(request)
    switch (form.get('grant_type')) {
      case null:
        return missingParameter('grant_type')
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return jwtBearerGrant(form, google, [`${url}/token`, sentTo(request)])
      case 'refresh_token':
        return refreshGrant(form, google)
      default:
        return oauthError('unsupported_grant_type', 'Invalid grant_type')
    }
  }
}

/** The URL of a request, as its client wrote it. */
function sentTo({ headers: { host }, path }: RoutedRequest): string {
  return `http://${host}${path}`
}

/**
 * The JWT bearer grant (RFC 7523 section 2.1). An assertion with `target_audience` gets an ID token,
 * one with `scope` an access token.
 */
async function jwtBearerGrant(
  form: URLSearchParams,
  google: Google,
  here: readonly string[],
): Promise<Reply> {
  const sent = form.get('assertion')
  if (sent === null) return missingParameter('assertion')
  const checked = await checkAssertion(sent, google, here)
  return checked.assertion ? tokenFor(checked.assertion, google) : checked.refusal
}

async function tokenFor({ account, claims }: Assertion, google: Google): Promise<Reply> {
  const { target_audience: audience, scope } = claims
  if (typeof audience === 'string' && audience !== '') {
    const idToken = await google.issuer.idToken(account, audience)
    const about = mintedIdToken(idToken, { account: account.email, audience })
    return json(200, { id_token: idToken }, about)
  }
  if (typeof scope === 'string' && scope !== '') return accessTokenFor(account, google)
  return oauthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
}

function accessTokenFor(account: Account, { accessTokens }: Google): Reply {
  const answer = {
    access_token: accessTokens.issue(account),
    expires_in: lifetimeSeconds - 1,
    token_type: 'Bearer',
  }
  return json(200, answer, { account: account.email, from: 'minted' })
}

/** The scopes that gcloud requests for a person. */
export const cloudScopes: string =
  'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/cloud-platform'

/**
 * The refresh token grant (RFC 6749 section 6): a person's access token and ID token. The `aud` of
 * the ID token is the client's id; `target_audience`, which Node's library sends, changes nothing.
 */
async function refreshGrant(form: URLSearchParams, google: Google): Promise<Reply> {
  const { accessTokens, issuer, users } = google
  const refused = refuseClient(form, users.client)
  if (refused) return refused
  const sent = form.get('refresh_token')
  if (!sent) return missingParameter('refresh_token')
  const person = users.holder(sent)
  if (!person) return oauthError('invalid_grant', 'Bad Request')
  const audience = users.client.id
  const accessToken = accessTokens.issue(person)
  const overrides = { azp: audience, at_hash: accessTokenHash(accessToken) }
  const idToken = await issuer.idToken(person, audience, { overrides })
  const answer = {
    access_token: accessToken,
    expires_in: lifetimeSeconds - 1,
    scope: cloudScopes,
    token_type: 'Bearer',
    id_token: idToken,
  }
  return json(200, answer, mintedIdToken(idToken, { account: person.email, audience }))
}

function refuseClient(form: URLSearchParams, client: OAuthClient): Reply | undefined {
  const id = form.get('client_id')
  if (!id) return oauthError('invalid_request', 'Could not determine client ID from request.')
  if (id !== client.id) return oauthError('invalid_client', 'The OAuth client was not found.', 401)
  if (form.get('client_secret') === client.secret) return undefined
  return oauthError('invalid_client', 'Unauthorized', 401)
}

/**
 * Reads the fields of a token request: a form, as in OAuth, or JSON, which Google accepts too. The
 * names in JSON can be in camel case: `@googleapis/sts` sends `grantType`, Google's Rust crate
 * `grant_type`.
 *
 * @returns the fields in snake case; none if the JSON is not an object
 */
export async function sentForm({ headers, body }: RoutedRequest): Promise<URLSearchParams> {
  const sent = await body()
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
  if (!isJson) return new URLSearchParams(sent)
  const fields = Object.entries(jsonObject(sent) ?? {}).filter(isText)
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [snakeCase(name), value]),
  )
}

function isText(field: [string, unknown]): field is [string, string] {
  return typeof field[1] === 'string'
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
