import { emulatorUrl } from '@countersign/shared/emulator-guard'
import type { Environment } from '@countersign/shared/environment'
import { didYouMean, quotedList } from '../file/shapes.ts'
import { PolicyError } from '../policy-error.ts'
import type { EnvironmentEntry, PolicyFile } from '../policy-file.ts'

/** The environment of that name; an empty one if the file has no environments and none was chosen. */
export function chooseEnvironment(
  { environments = {} }: PolicyFile,
  name: string | undefined,
): Partial<EnvironmentEntry> {
  const known = Object.keys(environments)
  if (name === undefined) {
    if (known.length === 0) return {}
    throw new PolicyError({
      code: 'environment_missing',
      problem: `the policy has environments (${quotedList(known)}), and none was chosen`,
      hint: `pass { environment: ${JSON.stringify(known[0])} }, or set COUNTERSIGN_ENVIRONMENT`,
      path: 'environments',
    })
  }
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined
  return environment ?? refuseUnknown(name, known)
}

function refuseUnknown(name: string, known: readonly string[]): never {
  const choice = `choose one of ${quotedList(known)}${didYouMean(name, known)}, or add it`
  throw new PolicyError({
    code: 'environment_unknown',
    problem: `the policy has no environment "${name}"`,
    hint: known.length === 0 ? 'add "environments" to the file, or choose none' : choice,
    path: 'environments',
  })
}

/** The name of an environment in `COUNTERSIGN_ENVIRONMENT`. */
export function environmentNameOf(env: Environment): string | undefined {
  return env.COUNTERSIGN_ENVIRONMENT || undefined
}

/**
 * The URLs of the emulator's front doors, by service, from `COUNTERSIGN_SERVICE_URLS`. The variable redirects
 * calls and their tokens, so it is used only if `COUNTERSIGN_EMULATOR` is set and the guard accepts it.
 */
export function readFrontDoors(env: Environment): ReadonlyMap<string, string> {
  const text = env.COUNTERSIGN_SERVICE_URLS
  if (emulatorUrl(env) === undefined || !text) return new Map()
  const urls = jsonObject(text)
  if (urls !== undefined && Object.values(urls).every(isHttpUrl))
    return new Map(Object.entries(urls))
  throw new TypeError(
    `COUNTERSIGN_SERVICE_URLS must be an object of http URLs, but is ${text}: write what the emulator sets, the URL of each service's front door, such as {"search":"http://127.0.0.1:8081"}`,
  )
}

function jsonObject(text: string): Record<string, string> | undefined {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? (value ?? undefined) : undefined
  } catch {
    return undefined
  }
}

function isHttpUrl(value: unknown): boolean {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  )
}
