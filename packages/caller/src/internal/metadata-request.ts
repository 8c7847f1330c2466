import type { IncomingMessage } from 'node:http'
import { isError } from '@countersign/shared/errors'
import { redactedCause } from '@countersign/shared/redact'
import { IdTokenError, isIdTokenError } from '../errors.ts'
import { isTransient, readText, withRetries } from '../tokens/source.ts'

/** What the metadata server is asked. */
export interface MetadataQuestion {
  readonly url: URL
  /** What one attempt may take; all of them together may take three times that. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** What the metadata server answered. */
export interface MetadataAnswer {
  readonly status: number
  readonly text: string
}

/**
 * Asks the metadata server, again where it is busy, failing or not there yet.
 *
 * Over `node:http`, since a first `fetch` costs a cold start twice as much CPU, and with an agent of
 * its own, since proxies that the environment names must never see these answers.
 *
 * @throws {@link IdTokenError} `identity_unavailable`, `identity_timeout`; the signal's reason
 */
export async function askMetadataServer(question: MetadataQuestion): Promise<MetadataAnswer> {
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
