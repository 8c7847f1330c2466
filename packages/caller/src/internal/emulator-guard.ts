import type { Environment } from './environment.ts'
import { isLoopbackAddress } from './hosts.ts'

/**
 * The emulator's URL, where one stands in for Google: `COUNTERSIGN_EMULATOR`, once it is certain
 * that this is no deployed service and that the emulator is this machine's, or one named by
 * `COUNTERSIGN_EMULATOR_ALLOW_HOST` (comma-separated hosts, for compose).
 *
 * A reachable metadata server says nothing about where this runs: Cloud Build has one.
 *
 * @param env the process's environment
 * @throws {TypeError} where the variable can't be meant
 */
export function emulatorUrl(env: Environment): URL | undefined {
  const text = env.COUNTERSIGN_EMULATOR
  if (!text) return undefined
  assertNotDeployed(env)
  const url = parse(text)
  assertNearby(url, env)
  return url
}

const deployed = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'FUNCTION_TARGET',
  'GAE_ENV',
]

function assertNotDeployed(env: Environment): void {
  const marker = deployed.find((name) => env[name] !== undefined)
  if (marker === undefined) return
  throw new TypeError(
    `COUNTERSIGN_EMULATOR is set on Google Cloud (${marker} is set too): remove it from the deployed service`,
  )
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new TypeError(
    'COUNTERSIGN_EMULATOR is no http or https URL: write it as http://127.0.0.1:8085',
  )
}

function assertNearby(url: URL, env: Environment): void {
  if (isLoopbackAddress(url.hostname) || allowedHosts(env).includes(url.hostname)) return
  throw new TypeError(
    `COUNTERSIGN_EMULATOR points to ${url.hostname}, which is not this machine: write it with 127.0.0.1 or [::1], or name the host in COUNTERSIGN_EMULATOR_ALLOW_HOST`,
  )
}

function allowedHosts(env: Environment): string[] {
  const list = env.COUNTERSIGN_EMULATOR_ALLOW_HOST ?? ''
  return list.split(',').map((host) => host.trim().toLowerCase())
}
