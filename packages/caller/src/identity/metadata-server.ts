import { assertKnown } from '@countersign/shared/checks'
import { metadataHostFrom, readEnvironment } from '@countersign/shared/environment'
import { IdTokenError } from '../errors.ts'
import type { AccessTokenSource, IdentitySource } from '../identity-source.ts'
import { assertDuration, assertText } from '../internal/checks.ts'
import { parseObject, tokenIn } from '../internal/json.ts'
import { askMetadataServer, type MetadataAnswer } from '../internal/metadata-request.ts'

/** What `metadataServer` takes. */
export interface MetadataServerOptions {
  /**
   * Where it is: a host, with its port if that isn't 80.
   *
   * @default `GCE_METADATA_IP`, else `GCE_METADATA_HOST`, else 169.254.169.254
   */
  host?: string
  /**
   * What one attempt may take, in milliseconds. All attempts together may take three times that, and
   * a `serviceFetch` waits for 10 seconds at most.
   *
   * @default 3000
   */
  timeoutMs?: number
}

/**
 * The service account that Google Cloud attached to this service: on Cloud Run, Compute Engine and
 * GKE. Needs no key and no permission.
 *
 * Spoken to directly, never through a proxy. Asked again up to three times, within some two seconds,
 * on 429 and 5xx and where nobody listens yet, as on a new node of GKE.
 *
 * Source: https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 *
 * @param options where it is, and how long it may take
 * @throws {TypeError} where an option, or the environment's host, is wrong
 */
export function metadataServer(
  options: MetadataServerOptions = {},
): IdentitySource & AccessTokenSource {
  assertKnown(options, ['host', 'timeoutMs'], 'metadataServer options')
  assertText(options.host, 'host')
  const { timeoutMs = 3000 } = options
  assertDuration(timeoutMs, 'timeoutMs')
  const origin = readOrigin(options.host ?? metadataHostFrom(readEnvironment()))
  const ask = (path: string, signal: AbortSignal | undefined): Promise<MetadataAnswer> =>
    askMetadataServer({ url: new URL(account + path, origin), timeoutMs, signal })

  return {
    async idToken(audience, { signal } = {}) {
      const path = `/identity?audience=${encodeURIComponent(audience)}&format=`
      const answer = await ask(`${path}full`, signal)
      // Compute Engine leaves the email out unless asked in full, which some GKE versions refuse.
      return read(answer.status === 400 ? await ask(`${path}standard`, signal) : answer)
    },
    async accessToken({ signal } = {}) {
      return tokenIn(parseObject(read(await ask('/token', signal))), 'access_token')
    },
  }
}

const account = '/computeMetadata/v1/instance/service-accounts/default'

/** Google's own is fd20:ce::254. */
const bareIPv6 = /^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i

function readOrigin(host = '169.254.169.254'): URL {
  const text = host.includes('://') ? host : `http://${bareIPv6.test(host) ? `[${host}]` : host}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' && url.pathname === '/') return url
  throw new TypeError(
    `The metadata server's host (GCE_METADATA_IP, else GCE_METADATA_HOST) is '${host}': write it as 127.0.0.1:8080`,
  )
}

function read({ status, text }: MetadataAnswer): string {
  if (status === 200) return text.trim()
  if (status === 404) {
    throw new IdTokenError('no_credentials', 'The metadata server knows no service account', {
      hint: 'Attach a service account to this instance, or on GKE annotate the Kubernetes one.',
    })
  }
  throw new IdTokenError('identity_unavailable', `The metadata server answered ${status}`, {
    hint: status === 429 ? 'It is asked too often: share one serviceFetch.' : 'Try again later.',
  })
}
