import type { Environment } from './environment.ts'

/** Each is set by a Google product that runs code, and never by the emulator. */
const googleCloudVariables = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'FUNCTION_TARGET',
  'GAE_ENV',
] as const

/**
 * The emulator's URL, where `COUNTERSIGN_EMULATOR` names one. Whoever sets it in production decides
 * where calls go, so it is refused wherever it can't be meant. That a metadata server answers means
 * nothing: Cloud Build has one.
 */
export function emulatorUrl(env: Environment): URL | undefined {
  const text = env.COUNTERSIGN_EMULATOR
  if (text === undefined || text === '') return undefined
  const production = googleCloudVariables.find((name) => env[name] !== undefined)
  if (production !== undefined) {
    throw new TypeError(
      `COUNTERSIGN_EMULATOR is set beside ${production}, which says that this is Google Cloud: remove COUNTERSIGN_EMULATOR from the service's environment`,
    )
  }
  return localUrl(text, env)
}

function localUrl(text: string, env: Environment): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new TypeError(
      `COUNTERSIGN_EMULATOR is "${text}": set it to the emulator's URL, such as http://127.0.0.1:8790`,
    )
  }
  const url = new URL(text)
  if (isLoopback(url.hostname) || isNamed(url.hostname, env)) return url
  throw new TypeError(
    `COUNTERSIGN_EMULATOR is on "${url.hostname}", which is no loopback address: where that is the emulator's container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=${url.hostname}`,
  )
}

/** Only literals count: a name, `localhost` too, is whatever somebody's resolver says. */
function isLoopback(hostname: string): boolean {
  // URL writes every form of an IPv4 address as four decimal numbers.
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function isNamed(hostname: string, env: Environment): boolean {
  const names = (env.COUNTERSIGN_EMULATOR_ALLOW_HOST ?? '').split(',')
  return names.some((name) => name.trim() === hostname)
}
