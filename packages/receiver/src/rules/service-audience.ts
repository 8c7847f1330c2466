import { assertNoBareHost, assertOneAudience, printed } from '@countersign/shared/checks'
import type { Environment } from '@countersign/shared/environment'
import { createTrouble } from '@countersign/shared/log'
import { errorText } from '@countersign/shared/redact'
import type { AudienceLogEntry } from '../events.ts'
import { createBackOff, createFlight } from '../keys/flight.ts'
import { type MetadataQuestion, metadata } from './metadata-server.ts'

/** The service's own audiences. */
export interface ServiceAudience {
  /** The audiences; a promise while they are being found. Rejects if they can't be found. */
  get(): readonly string[] | Promise<readonly string[]>
  /** The audiences, if they are known. */
  known(): readonly string[] | undefined
  /** The error of the last attempt to find them; undefined if it worked, or none was made. */
  lastError(): string | undefined
}

/**
 * Finds the service's own audiences if no option names them: `COUNTERSIGN_AUDIENCE`, else on Cloud
 * Run its deterministic URL; `undefined` elsewhere. No request header is read: the caller chooses the
 * `Host`.
 */
export function findServiceAudience(
  env: Environment,
  settings: DiscoverySettings,
): ServiceAudience | undefined {
  const listed = audiencesOf(env)
  if (listed.length > 0) return fixedAudience(listed)
  const service = env.K_SERVICE
  if (!service) return undefined
  return createDiscovery((signal) => cloudRunUrl({ service, env, signal }), settings)
}

/** The audiences of `COUNTERSIGN_AUDIENCE`, which are separated by commas. */
function audiencesOf(env: Environment): string[] {
  const list = (env.COUNTERSIGN_AUDIENCE ?? '')
    .split(',')
    .map((audience) => audience.trim())
    .filter((audience) => audience !== '')
  for (const audience of list) assertNoBareHost(audience, 'COUNTERSIGN_AUDIENCE')
  // No token has such an audience, so each call would get 401.
  const wrong = list.find((audience) => /[\s"'[\]{}]/.test(audience))
  if (wrong === undefined) {
    for (const audience of list) assertOneAudience(audience, 'COUNTERSIGN_AUDIENCE')
    return list
  }
  throw new TypeError(
    `COUNTERSIGN_AUDIENCE must be audiences separated by commas, but has ${printed(wrong)}: write them without quotation marks, brackets and spaces`,
  )
}

interface DiscoverySettings {
  now: () => number
  write: (entry: AudienceLogEntry) => void
}

const timeoutMs = 3000

/** Asks the metadata server once; after a failure again, less and less often. Driven by calls, like the keys. */
function createDiscovery(
  find: (signal: AbortSignal) => Promise<string>,
  { now, write }: DiscoverySettings,
): ServiceAudience {
  const failures = createBackOff(now)
  const trouble = createTrouble(now)
  const flight = createFlight(attempt, { timeoutMs, now })
  let found: readonly string[] | undefined

  async function attempt(signal: AbortSignal): Promise<void> {
    const startedAt = now()
    try {
      found = [await find(signal)]
      failures.succeeded()
      if (trouble.ends()) write(audienceFound(found))
    } catch (cause) {
      const wasFrozen = now() - startedAt > timeoutMs + 1000
      failures.failed(cause as Error, { wait: !wasFrozen })
      if (!wasFrozen && trouble.persists()) write(audienceNotFound(cause))
      throw cause
    }
  }

  async function asked(): Promise<readonly string[]> {
    if (failures.isWaiting() && !flight.isUnderway()) throw failures.error()
    await flight.join()
    return found as readonly string[]
  }

  return {
    get: () => found ?? asked(),
    known: () => found,
    lastError: () => {
      const error = failures.error()
      return error && errorText(error)
    },
  }
}

function audienceNotFound(cause: unknown): AudienceLogEntry {
  const error = errorText(cause)
  return {
    severity: 'ERROR',
    message: `countersign can't find this service's audience, so calls are refused with 503 audience_unavailable: ${error}. Set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud`,
    code: 'audience_not_found',
    error,
  }
}

function audienceFound(audiences: readonly string[]): AudienceLogEntry {
  const message = "countersign has found this service's audience"
  return { severity: 'NOTICE', message, code: 'audience_found', audiences }
}

/**
 * `https://SERVICE-PROJECTNUMBER.REGION.run.app`. A service cannot find out its other default URL, which
 * has a hash in it, nor its URL on a sovereign cloud, which has another domain.
 *
 * @see https://cloud.google.com/run/docs/triggering/https-request#deterministic
 */
async function cloudRunUrl({
  service,
  ...question
}: { service: string } & MetadataQuestion): Promise<string> {
  const region = await metadata('instance/region', question)
  const [, number, , name] = region.split('/')
  const label = `${service}-${number}`
  if (!number || !name) throw new Error(`the metadata server returned no region, but "${region}"`)
  if (label.length <= 63) return `https://${label}.${name}.run.app`
  throw new Error(
    `"${label}" is too long for a deterministic URL: set COUNTERSIGN_AUDIENCE to the service's URL`,
  )
}

/** Audiences that an option or a variable names. */
export function fixedAudience(list: readonly string[]): ServiceAudience {
  return { get: () => list, known: () => list, lastError: () => undefined }
}

const noAudience =
  'there is no audience: set audience or COUNTERSIGN_AUDIENCE to the URL that callers put in aud, such as "https://search-123.us-central1.run.app"'

/** Logged at the start, since in report-only mode nothing else tells before the first token comes. */
export const audienceMissing: AudienceLogEntry = {
  severity: 'WARNING',
  message: `countersign can't check any token, so each is reported as audience_unavailable, and enforce mode would not start: ${noAudience}`,
  code: 'audience_not_found',
  error: noAudience,
}

/** No option names an audience, and report-only mode starts all the same. */
export const unknownAudience: ServiceAudience = {
  get: () => Promise.reject(new Error(noAudience)),
  known: () => undefined,
  lastError: () => noAudience,
}
