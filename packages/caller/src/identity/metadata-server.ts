import type { IncomingMessage } from 'node:http'
import { assertKnown, assertText } from '@countersign/shared/checks'
import { metadataHostFrom, metadataOrigin, readEnvironment } from '@countersign/shared/environment'
import { isError } from '@countersign/shared/errors'
import { abortAfter, abortWithAny } from '@countersign/shared/realm/signals'
import { redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import type { AccessTokenSource, IdentitySource } from '../options.ts'
import {
  type Hints,
  hintOf,
  isTransient,
  parseObject,
  readText,
  tokenIn,
  withRetries,
} from '../tokens/source.ts'

/** The options of `metadataServer`. */
export interface MetadataServerOptions {
  /**
   * The host of the server, with its port if that isn't 80.
   *
   * @default `GCE_METADATA_IP`, else `GCE_METADATA_HOST`, else 169.254.169.254
   */
  host?: string
  /**
   * The time-out of one attempt, in milliseconds. All attempts together have three times that, and a
   * `serviceFetch` waits for at most 10 seconds.
   *
   * @default 3000
   */
  timeoutMs?: number
}

/**
 * The service account that Google Cloud attached to this service: on Cloud Run, Compute Engine and
 * GKE. Needs no key and no permission.
 *
 * Requests go to it directly, never through a proxy. They are repeated up to three times, within some two
 * seconds, after 429 and 5xx and if nothing listens yet, as on a new node of GKE.
 *
 * @see https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 *
 * @param options its host and its time-out
 * @throws {TypeError} if an option, or the environment's host, is wrong
 */
export function metadataServer(
  options: MetadataServerOptions = {},
): IdentitySource & AccessTokenSource {
  assertKnown(options, Object.keys(optionNames), 'metadataServer options')
  assertText(options.host, 'host')
  const { timeoutMs = 3000 } = options
  assertDuration(timeoutMs, 'timeoutMs')
  const origin = metadataOrigin(options.host ?? metadataHostFrom(readEnvironment()))
  function ask(path: string, signal: AbortSignal | undefined): Promise<MetadataAnswer> {
    return askMetadataServer({ url: new URL(account + path, origin), timeoutMs, signal })
  }

  return {
    async idToken(audience, { signal } = {}) {
      const path = `/identity?audience=${encodeURIComponent(audience)}&format=`
      const answer = await ask(`${path}full`, signal)
      // Compute Engine omits the email without `format=full`, which some GKE versions refuse.
      return read(answer.status === 400 ? await ask(`${path}standard`, signal) : answer)
    },
    async accessToken({ signal } = {}) {
      return tokenIn(parseObject(read(await ask('/token', signal))), 'access_token')
    },
  }
}

const optionNames: Record<keyof MetadataServerOptions, true> = { host: true, timeoutMs: true }

/** Refuses a duration that isn't a positive number of milliseconds. */
function assertDuration(value: unknown, where: string): asserts value is number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return
  throw new TypeError(`${where} must be a positive number of milliseconds: write 3000, for example`)
}

const account = '/computeMetadata/v1/instance/service-accounts/default'

function read({ status, text }: MetadataAnswer): string {
  if (status === 200) return text.trim()
  const reason = wordsOf(text)
  const said = reason && `: ${redact(reason)}`
  if (status === 404) {
    throw new IdTokenError('no_credentials', `The metadata server has no service account${said}`, {
      hint: hintOf({ status, reason }, hints, attach),
    })
  }
  throw new IdTokenError('identity_unavailable', `The metadata server answered ${status}${said}`, {
    hint: hintOf({ status: statusOfIam(reason) ?? status, reason }, hints, otherwise),
  })
}

/** GKE's answers a refusal by IAM with a status of its own, which can be 500. */
function statusOfIam(reason: string): number | undefined {
  const [, status] = /IAM returned (\d{3})/.exec(reason) ?? []
  return status === undefined ? undefined : Number(status)
}

const attach = 'Attach a service account to this instance, or on GKE annotate the Kubernetes one.'

/** Returns the words in one line; none for an HTML page, which says no more than the status. */
function wordsOf(text: string): string {
  return text.trimStart().startsWith('<') ? '' : text.replace(/\s+/g, ' ').trim()
}

/** The words of GKE's metadata server, and those of IAM that it passes on. */
const hints: Hints = [
  [
    /API has not been used|SERVICE_DISABLED|API .*is disabled/i,
    "Enable the API in the service account's project: gcloud services enable iamcredentials.googleapis.com",
  ],
  [
    /organization's policy|vpcServiceControls/i,
    'A policy of the organization refuses that, such as VPC Service Controls: send its administrators the message.',
  ],
  [
    /account .*(?:not found|disabled|deleted)|not found.*account|gaia id not found/i,
    'Check the service account that is attached here, or that the Kubernetes one is annotated with: gcloud iam service-accounts describe ACCOUNT',
  ],
  [/not enabled on this instance/i, attach],
  [
    /getOpenIdToken|getAccessToken|PERMISSION_DENIED|IAM returned 403/i,
    "Allow the Kubernetes service account to act as the Google one: gcloud iam service-accounts add-iam-policy-binding ACCOUNT --role=roles/iam.workloadIdentityUser --member='serviceAccount:PROJECT.svc.id.goog[NAMESPACE/NAME]'. It takes some minutes until that has an effect.",
  ],
  [
    /concealed/i,
    'This node hides its identity: turn on Workload Identity Federation for GKE in the cluster and its node pool.',
  ],
  [/scope/i, 'Give this instance the scope cloud-platform.'],
  [/audience/i, "Check the target's audience: the metadata server does not accept it."],
]

const otherwise =
  'Waiting does not fix that: read its message, and check the service account that is attached here.'

/** A request to the metadata server. */
interface MetadataQuestion {
  url: URL
  /** The time-out of one attempt; all attempts together have three times that. */
  timeoutMs: number
  signal: AbortSignal | undefined
}

/** An answer of the metadata server. */
interface MetadataAnswer {
  status: number
  text: string
}

/**
 * Sends a request to the metadata server, and repeats it if the server is busy, fails, or doesn't listen
 * yet.
 *
 * Uses `node:http`, since a first `fetch` costs a cold start twice as much CPU, and an agent of its own,
 * since the proxies that the environment names must never see these answers.
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`; the signal's reason
 */
async function askMetadataServer(question: MetadataQuestion): Promise<MetadataAnswer> {
  const { signal, timeoutMs } = question
  const limit = abortAfter(timeoutMs * 3)
  const until = signal ? abortWithAny([signal, limit]) : limit
  try {
    return await withRetries(() => attempt(question, until), {
      signal: until,
      mayDoBetter: ({ status }) => isTransient(status),
      mayRecover: isStarting,
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw toIdTokenError(error, question)
  }
}

/** On a new node, GKE's metadata server needs some seconds to listen, and it stops during an update. */
function isStarting(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' || code === 'ECONNRESET'
}

function attempt(
  { url, timeoutMs }: MetadataQuestion,
  until: AbortSignal,
): Promise<MetadataAnswer> {
  // An import of node:http would load undici, too.
  const { Agent, get } = process.getBuiltinModule('node:http')
  const agent = new Agent({ keepAlive: false })
  const signal = abortWithAny([until, abortAfter(timeoutMs)])
  const headers = { 'metadata-flavor': 'Google' }
  return new Promise((resolve, reject) => {
    get(url, { agent, headers, signal }, (response) => {
      readAnswer(response).then(resolve, reject)
    }).on('error', reject)
  })
}

async function readAnswer(response: IncomingMessage): Promise<MetadataAnswer> {
  if (response.headers['metadata-flavor'] !== 'Google') throw stranger(response)
  const text = await readText(response)
  return { status: Number(response.statusCode), text }
}

/** AWS and Azure have servers at the same address. */
function stranger(response: IncomingMessage): IdTokenError {
  response.destroy()
  return new IdTokenError(
    'identity_unavailable',
    "The server that answers is not Google's metadata server",
    {
      hint: 'Check GCE_METADATA_HOST, and which server answers at that address.',
      cause: new Error('The answer lacks the header Metadata-Flavor'),
    },
  )
}

function toIdTokenError(cause: unknown, { url }: MetadataQuestion): IdTokenError {
  if (isIdTokenError(cause)) return cause
  if (isTimeout(cause)) {
    return new IdTokenError(
      'identity_timeout',
      `The metadata server at ${url.host} took too long`,
      {
        hint: 'Outside of Google Cloud there is no metadata server: set GOOGLE_APPLICATION_CREDENTIALS instead.',
      },
    )
  }
  return new IdTokenError('identity_unavailable', `No metadata server answers at ${url.host}`, {
    hint: 'Outside of Google Cloud there is no metadata server: set GOOGLE_APPLICATION_CREDENTIALS instead.',
    // If the answer can't be parsed, the error has all its bytes (`rawPacket`).
    cause: redactedCause(cause),
  })
}

/** node:http throws an `AbortError` when the signal of an attempt ends it. */
function isTimeout(cause: unknown): boolean {
  return isError(cause) && (cause.name === 'AbortError' || cause.name === 'TimeoutError')
}
