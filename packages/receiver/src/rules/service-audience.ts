import type { Environment } from '@countersign/shared/environment'
import { createTrouble } from '@countersign/shared/log'
import { errorText } from '@countersign/shared/redact'
import type { AudienceLogEntry } from '../events.ts'
import { backOff, singleFlight } from '../keys/flight.ts'
import { type MetadataQuestion, metadata } from './metadata-server.ts'

/** Where a service's own audiences come from. */
export interface ServiceAudience {
  /** The audiences; a promise while they are being found. Rejects where they can't be. */
  get(): readonly string[] | Promise<readonly string[]>
  /** The audiences, where they are known. */
  known(): readonly string[] | undefined
  /** Why they could not be found the last time; undefined where they could, or nobody asked yet. */
  lastError(): string | undefined
}

/** Audiences that were written down. */
export function fixedAudience(list: readonly string[]): ServiceAudience {
  return { get: () => list, known: () => list, lastError: () => undefined }
}

const nothingSaysIt = 'no audience: set audience or COUNTERSIGN_AUDIENCE'

/** Nothing says what the audience is, and report-only mode starts all the same. */
export const unknownAudience: ServiceAudience = {
  get: () => Promise.reject(new Error(nothingSaysIt)),
  known: () => undefined,
  lastError: () => nothingSaysIt,
}

/**
 * Finds the service's own audiences where no option names them: `COUNTERSIGN_AUDIENCE`, else on Cloud
 * Run its deterministic URL; `undefined` elsewhere. No header is asked: a `Host` is whatever the
 * caller writes.
 */
export function serviceAudience(
  env: Environment,
  settings: DiscoverySettings,
): ServiceAudience | undefined {
  const listed = audiencesOf(env)
  if (listed.length > 0) return fixedAudience(listed)
  const service = env.K_SERVICE
  if (!service) return undefined
  return discovered((signal) => cloudRunUrl({ service, env, signal }), settings)
}

/** The audiences of `COUNTERSIGN_AUDIENCE`, which are separated by commas. */
function audiencesOf(env: Environment): string[] {
  const list = (env.COUNTERSIGN_AUDIENCE ?? '')
    .split(',')
    .map((audience) => audience.trim())
    .filter((audience) => audience !== '')
  // No token would ever match, and each call would be a 401.
  const wrong = list.find((audience) => /[\s"'[\]{}]/.test(audience))
  if (wrong === undefined) return list
  throw new TypeError(
    `COUNTERSIGN_AUDIENCE has ${JSON.stringify(wrong)}: write audiences without quotation marks and spaces, separated by commas`,
  )
}

/** What finding the audience needs: the clock, and the log for when it fails. */
interface DiscoverySettings {
  now: () => number
  write: (entry: AudienceLogEntry) => void
}

const timeoutMs = 3000

/** Asks once; where that failed again, less and less often. Driven by calls, as the keys are. */
function discovered(
  find: (signal: AbortSignal) => Promise<string>,
  { now, write }: DiscoverySettings,
): ServiceAudience {
  const failures = backOff(now)
  const trouble = createTrouble(now)
  const flight = singleFlight(attempt, { timeoutMs, now })
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
    message: `countersign can't find this service's audience, so no token can be checked (503 audience_unavailable): ${error}. Set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud`,
    code: 'audience_not_found',
    error,
  }
}

function audienceFound(audiences: readonly string[]): AudienceLogEntry {
  const message = "countersign has found this service's audience"
  return { severity: 'NOTICE', message, code: 'audience_found', audiences }
}

/**
 * `https://SERVICE-PROJECTNUMBER.REGION.run.app`. The other default URL, with a hash in it, can't be
 * found out by the service itself; nor can those of sovereign clouds, which have other domains.
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
  if (!number || !name) throw new Error(`the metadata server names no region: "${region}"`)
  if (label.length <= 63) return `https://${label}.${name}.run.app`
  throw new Error(
    `"${label}" is too long for a deterministic URL: set COUNTERSIGN_AUDIENCE to the service's URL`,
  )
}
