import { assertKnown, assertText } from '@countersign/shared/checks'
import { metadataHostFrom, metadataOrigin, readEnvironment } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import { IdTokenError } from '../errors.ts'
import { assertDuration } from '../internal/checks.ts'
import { askMetadataServer, type MetadataAnswer } from '../internal/metadata-request.ts'
import type { AccessTokenSource, IdentitySource } from '../options.ts'
import { type Hints, hintOf, parseObject, tokenIn } from '../tokens/source.ts'

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
  const origin = metadataOrigin(options.host ?? metadataHostFrom(readEnvironment()))
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

function read({ status, text }: MetadataAnswer): string {
  if (status === 200) return text.trim()
  const reason = wordsOf(text)
  const said = reason && `: ${redact(reason)}`
  if (status === 404) {
    throw new IdTokenError(
      'no_credentials',
      `The metadata server knows no service account${said}`,
      {
        hint: 'Attach a service account to this instance, or on GKE annotate the Kubernetes one.',
      },
    )
  }
  throw new IdTokenError('identity_unavailable', `The metadata server answered ${status}${said}`, {
    hint: hintOf({ status, reason }, hints, otherwise),
  })
}

/** In one line. What is a page says nothing that the status doesn't. */
function wordsOf(text: string): string {
  return text.trimStart().startsWith('<') ? '' : text.replace(/\s+/g, ' ').trim()
}

/** The words of GKE's metadata server, and of IAM, which it passes on. */
const hints: Hints = [
  [
    /API has not been used|SERVICE_DISABLED|API .*is disabled/i,
    "Enable the API in the service account's project: gcloud services enable iamcredentials.googleapis.com",
  ],
  [
    /getOpenIdToken|getAccessToken|PERMISSION_DENIED|IAM returned 403/i,
    "Let the Kubernetes service account become Google's: gcloud iam service-accounts add-iam-policy-binding ACCOUNT --role=roles/iam.workloadIdentityUser --member='serviceAccount:PROJECT.svc.id.goog[NAMESPACE/NAME]'. It takes some minutes until that counts.",
  ],
  [
    /concealed/i,
    'This node hides its identity: turn on Workload Identity Federation for GKE in the cluster and its node pool.',
  ],
  [
    /account .*(?:not found|disabled|deleted)|not found.*account/i,
    'Check the service account that is attached here, or that the Kubernetes one is annotated with: gcloud iam service-accounts describe ACCOUNT',
  ],
  [/scope/i, 'Give this instance the scope cloud-platform.'],
  [/audience/i, "Check the target's audience: the metadata server doesn't take it."],
]

const otherwise =
  'Waiting does not mend that: see what it says, and check the service account that is attached here.'
