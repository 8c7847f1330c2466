import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError } from '../../errors.ts'
import type { FetchLike } from '../../options.ts'
import {
  cloudPlatform,
  type Hints,
  type Json,
  type TokenSource,
  tokenIn,
} from '../../tokens/source.ts'
import type { CheckedKey } from '../credentials/check-credentials.ts'
import { type GoogleCallOptions, postToGoogle } from './google-api.ts'

/** The options of a key's exchange. */
export interface KeyIdentityOptions {
  fetch: FetchLike | undefined
  now: () => number
}

/** Creates the source of the service account that a key belongs to. */
export function keyIdentity(key: CheckedKey, { fetch, now }: KeyIdentityOptions): TokenSource {
  function exchange(claims: Json, signal: AbortSignal | undefined): Promise<Json> {
    return exchangeJwt(key, claims, { fetch, signal, now: now() })
  }
  return {
    async idToken(audience, { signal } = {}) {
      return tokenIn(await exchange({ target_audience: audience }, signal), 'id_token')
    },
    async accessToken({ signal } = {}) {
      return tokenIn(await exchange({ scope: cloudPlatform }, signal), 'access_token')
    },
  }
}

/** Google accepts up to an hour. The JWT is used at once, so five minutes only allow for a wrong clock. */
const lifetimeSeconds = 300

/**
 * Exchanges a self-signed JWT for a token: the JWT bearer grant (RFC 7523 section 2.1).
 *
 * @param claims `target_audience` for an ID token, or `scope` for an access token
 * @throws {@link IdTokenError}
 */
async function exchangeJwt(
  key: CheckedKey,
  claims: Json,
  { now, ...options }: GoogleCallOptions & { now: number },
): Promise<Json> {
  const assertion = signJwt(key, { ...claims, ...times(now) })
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
  })
  const hint = "Check that the key isn't deleted or disabled, and this machine's clock."
  return postToGoogle({ url: key.tokenUrl, body: `${body}`, hint, hints: hintsFor(key) }, options)
}

/** The words of Google's token endpoint. */
function hintsFor({ email }: CheckedKey): Hints {
  return [
    [
      /invalid jwt signature|no valid verifier/i,
      `The key was deleted, or is another account's: see gcloud iam service-accounts keys list --iam-account=${email}`,
    ],
    [/reasonable timeframe|iat and exp|issued in the future/i, "Set this machine's clock."],
    [
      /audience provided|target_audience/i,
      "Check the target's audience: Google's token endpoint does not accept it.",
    ],
    [
      /(?:account|client|robot) .*disabled/i,
      `Enable the account, or the key: gcloud iam service-accounts enable ${email}, gcloud iam service-accounts keys enable KEY --iam-account=${email}`,
    ],
    [
      /account not found|not a valid email|(?:account|client) .*deleted/i,
      `The account is gone: see gcloud iam service-accounts describe ${email}`,
    ],
  ]
}

function times(now: number): Json {
  const iat = Math.floor(now / 1000)
  return { iat, exp: iat + lifetimeSeconds }
}

function signJwt({ email, privateKey, keyId, tokenUrl }: CheckedKey, claims: Json): string {
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) }
  const payload = { iss: email, aud: tokenUrl.href, ...claims }
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${signRs256(input, privateKey)}`
}

/**
 * Loads `node:crypto` only here, since the metadata server doesn't need it; not by `import()`, which Jest
 * refuses in CommonJS.
 */
function signRs256(input: string, privateKey: string): string {
  const { sign } = process.getBuiltinModule('node:crypto')
  try {
    return sign('sha256', Buffer.from(input), privateKey).toString('base64url')
  } catch (cause) {
    throw new IdTokenError('no_credentials', "The key's private_key can't be used", {
      hint: 'It must be PKCS #8 in PEM, from -----BEGIN PRIVATE KEY----- to the line of its END: take it whole from the file that Google made.',
      cause: redactedCause(cause),
    })
  }
}

function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
