import { abortAfter, abortWithAny } from '@countersign/shared/realm/signals'
import { errorText, redact, redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../../errors.ts'
import type { FetchLike } from '../../options.ts'
import { waitFor } from '../../tokens/flight.ts'
import {
  type Hints,
  hintOf,
  isObject,
  isTransient,
  type Json,
  parseObject,
  readText,
  withRetries,
} from '../../tokens/source.ts'

/** A call to one of Google's APIs. */
export interface GoogleCall {
  url: URL
  /** The text of a form, or what is sent as JSON. */
  body: string | Json
  /** @default none is sent */
  authorization?: string | undefined
  /**
   * The project that pays, and in which the API must be enabled.
   *
   * @default that of the identity: for a person the one of gcloud's own client
   */
  project?: string | undefined
  /** Hints for refusals whose words are known. @default none */
  hints?: Hints
  /** The hint for all other refusals. */
  hint: string
}

/** How calls are made. */
export interface GoogleCallOptions {
  fetch?: FetchLike | undefined
  signal?: AbortSignal | undefined
  /**
   * The time-out, with all repetitions. It is shorter than the token cache's, so that the error names the
   * server that was slow.
   *
   * @default 9000
   */
  timeoutMs?: number
}

/**
 * Sends a POST to one of Google's APIs, and repeats it if the API is busy or fails. Redirects are not
 * followed: they would carry the assertion or the access token to another place.
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`; the signal's reason
 */
export async function postToGoogle(call: GoogleCall, options: GoogleCallOptions): Promise<Json> {
  const { signal, fetch = globalThis.fetch, timeoutMs = 9_000 } = options
  const limit = abortAfter(timeoutMs)
  const until = signal ? abortWithAny([signal, limit]) : limit
  try {
    const promise = withRetries(() => attempt(call, fetch, until), {
      signal: until,
      mayDoBetter: ({ status }) => isTransient(status),
    })
    // A fetch of the user's own can ignore the signal.
    return read(await waitFor(promise, until), call)
  } catch (cause) {
    signal?.throwIfAborted()
    throw limit.aborted ? tooSlow(call) : unreachable(cause, call)
  }
}

interface Answer {
  status: number
  text: string
}

async function attempt(
  { url, body, authorization, project }: GoogleCall,
  fetch: FetchLike,
  signal: AbortSignal,
): Promise<Answer> {
  const isForm = typeof body === 'string'
  const response = await fetch(url.href, {
    method: 'POST',
    headers: {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...(project === undefined ? {} : { 'x-goog-user-project': project }),
    },
    body: isForm ? body : JSON.stringify(body),
    redirect: 'error',
    signal,
  })
  return { status: response.status, text: response.body ? await readText(response.body) : '' }
}

function read({ status, text }: Answer, { url, hints = [], hint }: GoogleCall): Json {
  const answer = parseObject(text)
  if (status === 200 && answer) return answer
  const said = redact(wordsOf(answer))
  const reason = [wordsOf(answer), ...codesOf(answer)].join(' ')
  const all = [...everywhere(url.host), ...hints]
  throw new IdTokenError(
    'identity_unavailable',
    `${url.host} answered ${status}${said && `: ${said}`}`,
    { hint: answer ? hintOf({ status, reason }, all, hint) : strangerHint(status) },
  )
}

/** All of Google's APIs answer in JSON. An HTML page usually comes from a proxy. */
function strangerHint(status: number): string {
  if (status === 407) return 'A proxy wants a login: write it into the URL in HTTPS_PROXY.'
  const stranger = 'The answer is not from Google: check what is between, such as a proxy.'
  return status >= 500 ? `${stranger} If it can answer at other times, try again later.` : stranger
}

/** RFC 6749 section 5.2, or the `google.rpc.Status` of Google's other APIs. */
function wordsOf(answer: Json | undefined): string {
  const error = answer?.error
  if (isObject(error)) return String(error.message ?? '')
  return [error, answer?.error_description].filter((part) => typeof part === 'string').join(', ')
}

/** The codes in a `google.rpc.Status`: its own, and those of its `google.rpc.ErrorInfo`. */
function codesOf(answer: Json | undefined): unknown[] {
  const error = answer?.error
  if (!isObject(error)) return []
  const details = Array.isArray(error.details) ? error.details : []
  return [error.status, ...details.map((detail) => detail?.reason)]
}

/** Hints for refusals that any of Google's APIs can give. No role and no waiting fixes them. */
function everywhere(host: string): Hints {
  return [
    [
      /requires a quota project|in project 764086051850|in project 32555940559/i,
      'Name the project that pays, in which the API is enabled: gcloud auth application-default set-quota-project PROJECT',
    ],
    [
      /CONSUMER_(?:INVALID|SUSPENDED)|been suspended|project \S+ (?:has been|is) deleted/i,
      'The project is suspended or deleted: see gcloud projects describe PROJECT',
    ],
    [
      /permission to use project|USER_PROJECT_DENIED|serviceusage|user ?project/i,
      'Give the identity roles/serviceusage.serviceUsageConsumer on the project that pays: quota_project_id or workforce_pool_user_project in the credentials file.',
    ],
    [
      /API has not been used|SERVICE_DISABLED|API .*is disabled/i,
      `Enable the API in the project of the identity that asks: gcloud services enable ${host}`,
    ],
    [
      /requires billing|BILLING_DISABLED/i,
      'Enable billing for the project in the message: gcloud billing projects link PROJECT --billing-account=ACCOUNT',
    ],
    [
      /organization's policy|organization policy|your organization|its organization|VPC_SERVICE_CONTROLS|SECURITY_POLICY_VIOLATED|constraints\/|context-aware|account restricted|access_denied/i,
      'A policy of the organization refuses that, such as VPC Service Controls: send its administrators the message.',
    ],
    [
      /quota exceeded|rate[_ ]?limit[_ ]?exceeded/i,
      'Too many requests: share one serviceFetch, or raise the quota.',
    ],
  ]
}

function tooSlow({ url }: GoogleCall): IdTokenError {
  return new IdTokenError('identity_timeout', `${url.host} took too long`, {
    hint: checkReach(url.host),
  })
}

function unreachable(cause: unknown, { url }: GoogleCall): IdTokenError {
  if (isIdTokenError(cause)) return cause
  const reason = errorText(cause)
  const [, hint = checkReach] = failures.find(([words]) => words.test(reason)) ?? []
  return new IdTokenError('identity_unavailable', `${url.host} could not be reached`, {
    hint: hint(url.host),
    cause: redactedCause(cause),
  })
}

function checkReach(host: string): string {
  return `Check that ${host} can be reached from here. If that takes a proxy, set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY.`
}

/** The words of Node, OpenSSL and undici. */
const failures: readonly (readonly [words: RegExp, hint: (host: string) => string])[] = [
  [
    /ENOTFOUND|EAI_AGAIN|getaddrinfo/,
    (host) => `DNS does not know ${host} here: check the network's resolver.`,
  ],
  [
    /not yet valid|has expired/,
    (host) => `Set this machine's clock, by which the certificate of ${host} is not valid.`,
  ],
  [
    /self.signed|issuer cert|verify the first|altnames|wrong version number/i,
    (host) =>
      `Something else answers for ${host}, such as a proxy: if it may, name its authority's certificate in NODE_EXTRA_CA_CERTS.`,
  ],
  [
    /redirect/,
    (host) =>
      `${host} never redirects: check what is between, such as the login page of a network.`,
  ],
]
