import { shown } from './checks.ts'
import { emulatorUrl } from './emulator-guard.ts'
import type { Environment } from './environment.ts'
import { parsedUrl } from './realm/urls.ts'

/** Front doors of the emulator: their URLs by something else. */
export type FrontDoors = ReadonlyMap<string, string>

/**
 * The emulator's front doors, by the name of their service: `COUNTERSIGN_SERVICE_URLS`. It redirects calls
 * and their tokens, so it is used only if `COUNTERSIGN_EMULATOR` is set and the guard accepts it.
 *
 * @throws TypeError if it is not what the emulator sets
 */
export function frontDoorsByService(env: Environment): FrontDoors {
  return frontDoors(env, 'COUNTERSIGN_SERVICE_URLS', '{"search":"http://127.0.0.1:8081"}')
}

/**
 * The emulator's front doors, by the URLs that their services have in production:
 * `COUNTERSIGN_FRONT_DOORS`, under the same condition.
 *
 * @throws TypeError if it is not what the emulator sets
 */
export function frontDoorsByUrl(env: Environment): FrontDoors {
  const example = '{"https://search-123.us-central1.run.app":"http://127.0.0.1:8081"}'
  const doors = frontDoors(env, 'COUNTERSIGN_FRONT_DOORS', example)
  if ([...doors.keys()].every(isHttpUrl)) return doors
  throw wrong('COUNTERSIGN_FRONT_DOORS', env.COUNTERSIGN_FRONT_DOORS, example)
}

function frontDoors(env: Environment, variable: string, example: string): FrontDoors {
  const text = env[variable]
  if (emulatorUrl(env) === undefined || !text) return new Map()
  const urls = jsonObject(text)
  if (urls && Object.values(urls).every(isHttpUrl)) return new Map(Object.entries(urls))
  throw wrong(variable, text, example)
}

function wrong(variable: string, text: string | undefined, example: string): TypeError {
  return new TypeError(
    `${variable} must be an object of http URLs, but is ${shown(String(text))}: write what the emulator sets, the URL of each service's front door, such as ${example}`,
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
  const url = typeof value === 'string' ? parsedUrl(value) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol)
}
