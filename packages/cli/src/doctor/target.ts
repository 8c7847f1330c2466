import type { EmulatorState, ServiceState } from '@countersign/emulator'
import type { Policy } from '@countersign/policy'
import { emulatorUrl, isLoopbackAddress, productionSign } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import { hostParts } from '../causes/commands.ts'
import { usageFailure } from '../command-line/failure.ts'
import { type RunningEmulator, runningEmulator } from '../emulator/running-emulator.ts'
import type { Place } from './google-api.ts'

/** A service that is called for real: at Google, or at a front door of the emulator. */
export interface CallTarget {
  url: URL
  /** The emulator, if it counts here. */
  emulator?: RunningEmulator
  /** The service at the emulator whose front door this is. */
  emulated?: ServiceState
  audience: string | undefined
  place?: Place
}

interface TargetOptions {
  audience?: string
  emulator?: string
}

/**
 * Reads the URL of a call, and finds out where it is: behind the emulator's front door, or anywhere.
 *
 * @throws {Failure} if a token must not go there
 */
export async function findTarget(
  text: string,
  options: TargetOptions,
  policy?: Policy,
): Promise<CallTarget> {
  const url = targetUrl(text)
  const emulator = isEmulated(options) ? runningEmulator(options) : undefined
  const emulated = emulator && (await serviceAt(url, emulator))
  const audience = options.audience ?? emulated?.audiences[0]
  const place = placeOf(emulated?.url ?? url.origin, policy)
  return {
    url,
    audience,
    ...(emulator && { emulator }),
    ...(emulated && { emulated }),
    ...(place && { place }),
  }
}

/** An emulator gets tokens, so the same guard as everywhere decides whether it counts. */
function isEmulated({ emulator }: TargetOptions): boolean {
  const env = readEnvironment()
  if (emulator === undefined) return emulatorUrl(env) !== undefined
  const isHere = URL.canParse(emulator) && isNearby(new URL(emulator))
  const sign = env.COUNTERSIGN_EMULATOR ? undefined : productionSign(env)
  if (isHere && sign === undefined) return true
  throw usageFailure(
    sign === undefined
      ? '--emulator must be on this machine, since it gets tokens'
      : `--emulator does not count in production, and ${sign} is set`,
    'Write --emulator http://127.0.0.1:8790, or set COUNTERSIGN_EMULATOR as countersign env prints it.',
  )
}

function targetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw usageFailure(
      `The URL must be a service's https URL, but is "${redact(text)}"`,
      'Write https://search-123.us-central1.run.app, without user and password.',
    )
  }
  url.hash = ''
  if (url.protocol === 'http:' && !isNearby(url)) {
    throw usageFailure(
      `Others on the network could read the token in a request to ${url.origin}`,
      'Write an https URL.',
    )
  }
  return url
}

function isNearby({ hostname }: URL): boolean {
  const isHere = hostname === 'localhost' || isLoopbackAddress(hostname)
  return isHere || hostname === emulatorUrl(readEnvironment())?.hostname
}

async function serviceAt(url: URL, emulator: RunningEmulator): Promise<ServiceState | undefined> {
  const { services } = (await emulator.ask('GET', '/emulator/v1/state')) as EmulatorState
  return services.find(({ frontDoor }) => {
    if (frontDoor === undefined) return false
    const { port, hostname } = new URL(frontDoor)
    return port === url.port && (hostname === url.hostname || isNearby(url))
  })
}

/** Where the service is, by the policy, or by its deterministic URL. */
function placeOf(url: string, policy: Policy | undefined): Place | undefined {
  const origin = new URL(url).origin
  const service = [...(policy?.services.values() ?? [])].find((one) => {
    return one.url !== undefined && new URL(one.url).origin === origin
  })
  const { name, project, region } = service ?? {}
  if (name && project && region) return { name, project, region }
  return hostParts(url)
}
