import { audiencesOf, type Environment } from './environment.ts'
import { metadata } from './metadata.ts'

/** Where a service's own audiences come from. */
export interface ServiceAudience {
  /** The audiences; a promise while they are being found. Rejects where they can't be. */
  get(): readonly string[] | Promise<readonly string[]>
  /** The audiences, where they are known. */
  known(): readonly string[] | undefined
}

/** Nothing says what the audience is, and report-only mode starts all the same. */
export const unknownAudience: ServiceAudience = {
  get: () => Promise.reject(new Error('no audience: set audience or COUNTERSIGN_AUDIENCE')),
  known: () => undefined,
}

const deadlineMs = 5000

/**
 * Finds the service's own audiences: the option, else `COUNTERSIGN_AUDIENCE`, else on Cloud Run its
 * deterministic URL; `undefined` where there are none. No header is asked: a `Host` is whatever the
 * caller writes.
 */
export function serviceAudience(
  option: readonly string[] | undefined,
  { env, now }: { env: Environment; now: () => number },
): ServiceAudience | undefined {
  const fixed = option ?? audiencesOf(env)
  if (fixed.length > 0) return { get: () => fixed, known: () => fixed }
  const service = env.K_SERVICE
  return service ? discovered(() => cloudRunUrl(service, env), now) : undefined
}

/** Asks once, and again at the next call where that failed or a frozen CPU slept through it. */
function discovered(find: () => Promise<string>, now: () => number): ServiceAudience {
  let found: readonly string[] | undefined
  let flight: { promise: Promise<readonly string[]>; deadline: number } | undefined

  function begin(): Promise<readonly string[]> {
    const promise = find().then((url) => {
      found = [url]
      return found
    })
    const own = { promise, deadline: now() + deadlineMs }
    const end = () => {
      if (flight === own) flight = undefined
    }
    promise.then(end, end)
    flight = own
    return promise
  }

  return {
    known: () => found,
    get: () => found ?? (flight && now() < flight.deadline ? flight.promise : begin()),
  }
}

/**
 * `https://SERVICE-PROJECTNUMBER.REGION.run.app`. The other default URL, with a hash in it, can't be
 * found out by the service itself.
 *
 * @see https://cloud.google.com/run/docs/triggering/https-request#deterministic
 */
async function cloudRunUrl(service: string, env: Environment): Promise<string> {
  const region = await metadata('instance/region', env)
  const [, number, , name] = region.split('/')
  const label = `${service}-${number}`
  if (!number || !name) throw new Error(`the metadata server names no region: "${region}"`)
  if (label.length <= 63) return `https://${label}.${name}.run.app`
  throw new Error(
    `"${label}" is too long for a deterministic URL: set COUNTERSIGN_AUDIENCE to the service's URL`,
  )
}
