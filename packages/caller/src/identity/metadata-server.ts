import type { IncomingMessage } from 'node:http'
import { assertKnown, assertText } from '@countersign/shared/checks'
import { metadataHostFrom, metadataOrigin, readEnvironment } from '@countersign/shared/environment'
import { isError } from '@countersign/shared/errors'
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
      // Compute Engine leaves the email out unless asked in full, which some GKE versions refuse.
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
  throw new TypeError(`${where} must be a positive number of milliseconds`)
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

/** What the metadata server is asked. */
interface MetadataQuestion {
  url: URL
  /** What one attempt may take; all of them together may take three times that. */
  timeoutMs: number
  signal: AbortSignal | undefined
}

/** What the metadata server answered. */
interface MetadataAnswer {
  status: number
  text: string
}

/**
 * Asks the metadata server, again where it is busy, failing or not there yet.
 *
 * Over `node:http`, since a first `fetch` costs a cold start twice as much CPU, and with an agent of
 * its own, since proxies that the environment names must never see these answers.
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`; the signal's reason
 */
async function askMetadataServer(question: MetadataQuestion): Promise<MetadataAnswer> {
  const { signal, timeoutMs } = question
  const limit = AbortSignal.timeout(timeoutMs * 3)
  const until = signal ? AbortSignal.any([signal, limit]) : limit
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

/** GKE's metadata server takes some seconds to listen on a new node, and goes away when it is updated. */
function isStarting(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' || code === 'ECONNRESET'
}

function attempt(
  { url, timeoutMs }: MetadataQuestion,
  until: AbortSignal,
): Promise<MetadataAnswer> {
  // An import would load undici with it.
  const { Agent, get } = process.getBuiltinModule('node:http')
  const agent = new Agent({ keepAlive: false })
  const signal = AbortSignal.any([until, AbortSignal.timeout(timeoutMs)])
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
  return new IdTokenError('identity_unavailable', "What answers is not Google's metadata server", {
    hint: 'Check GCE_METADATA_HOST, and what else answers at that address.',
    cause: new Error('The answer lacks the header Metadata-Flavor'),
  })
}

function toIdTokenError(cause: unknown, { url }: MetadataQuestion): IdTokenError {
  if (isIdTokenError(cause)) return cause
  if (isTimeout(cause)) {
    return new IdTokenError(
      'identity_timeout',
      `The metadata server at ${url.host} took too long`,
      {
        hint: 'Outside of Google Cloud there is none: set GOOGLE_APPLICATION_CREDENTIALS instead.',
      },
    )
  }
  return new IdTokenError('identity_unavailable', `No metadata server answers at ${url.host}`, {
    hint: 'Outside of Google Cloud there is none: set GOOGLE_APPLICATION_CREDENTIALS instead.',
    // Of an answer that can't be parsed it has all bytes (`rawPacket`).
    cause: redactedCause(cause),
  })
}

/** `AbortError` is what node:http throws when the signal of an attempt ends it. */
function isTimeout(cause: unknown): boolean {
  return isError(cause) && (cause.name === 'AbortError' || cause.name === 'TimeoutError')
}
