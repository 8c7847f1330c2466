import { emulatorUrl } from '@countersign/shared/emulator-guard'
import type { Environment } from '@countersign/shared/environment'

/** The environment of the file that `COUNTERSIGN_ENVIRONMENT` names. */
export function environmentNameOf(env: Environment): string | undefined {
  return env.COUNTERSIGN_ENVIRONMENT || undefined
}

/**
 * Where the emulator's front doors are, by service: `COUNTERSIGN_SERVICE_URLS`. Whoever sets it
 * redirects calls with their tokens, so it counts only where the emulator's guard passes.
 */
export function frontDoorsOf(env: Environment): ReadonlyMap<string, string> {
  const text = env.COUNTERSIGN_SERVICE_URLS
  if (emulatorUrl(env) === undefined || !text) return new Map()
  const urls = jsonObject(text)
  if (urls !== undefined && Object.values(urls).every(isHttpUrl))
    return new Map(Object.entries(urls))
  throw new TypeError(
    `COUNTERSIGN_SERVICE_URLS is ${text}: the emulator sets it to each service's front door, such as {"search":"http://127.0.0.1:8081"}`,
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
