import { exitCodes, Failure } from '../command-line/failure.ts'

/** What a service's environment holds, by name. */
export type ServiceEnvironment = Readonly<Record<string, string>>

/** All that an emulator sets. */
const names: ReadonlySet<string> = new Set([
  'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS',
  'CLOUDSDK_AUTH_TOKEN_HOST',
  'CLOUDSDK_CONFIG',
  'COUNTERSIGN_AUDIENCE',
  'COUNTERSIGN_EMULATOR',
  'COUNTERSIGN_EMULATOR_ALLOW_HOST',
  'COUNTERSIGN_ENVIRONMENT',
  'COUNTERSIGN_SERVICE_URLS',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
  'GCE_METADATA_ROOT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'METADATA_SERVER_DETECTION',
  'PORT',
])

/** The guard's way out is left out: what is copied into a file must not count in production too. */
const confirmation = 'COUNTERSIGN_EMULATOR_CONFIRM'

/**
 * Checks the environment that an emulator gives for a service. A shell evaluates it, and any process on
 * the machine can answer in the emulator's place: a name can be a command, and so can the value of
 * `PATH`, `LD_PRELOAD` or `NODE_OPTIONS`. Only what emulators set is taken.
 *
 * @throws {Failure} for another name, and for a value with control characters
 */
export function readServiceEnvironment(value: unknown, url: string): ServiceEnvironment {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('The answer is not an object', url)
  }
  const entries = Object.entries(value).filter(([name]) => name !== confirmation)
  for (const [name, text] of entries) assertVariable(name, text, url)
  return Object.fromEntries(entries)
}

function assertVariable(name: string, text: unknown, url: string): void {
  if (!names.has(name)) {
    throw refused(`It has ${JSON.stringify(printable(name))}, which no emulator sets`, url)
  }
  if (typeof text === 'string' && !/\p{Cc}/u.test(text)) return
  throw refused(`${name} is not a text without control characters`, url)
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?')
}

function refused(problem: string, url: string): Failure {
  return new Failure(`The environment that ${url} answers with is refused. ${problem}`, {
    exitCode: exitCodes.unavailable,
    hint: 'Look which program listens there. If it is the emulator, use the countersign of the same version.',
  })
}
