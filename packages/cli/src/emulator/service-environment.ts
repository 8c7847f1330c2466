import { exitCodes, Failure } from '../command-line/failure.ts'

/** The environment of a service: values by name. */
export type ServiceEnvironment = Readonly<Record<string, string>>

/** The variables that an emulator sets. */
const names: ReadonlySet<string> = new Set([
  'CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS',
  'CLOUDSDK_AUTH_TOKEN_HOST',
  'CLOUDSDK_CONFIG',
  'COUNTERSIGN_AUDIENCE',
  'COUNTERSIGN_EMULATOR',
  'COUNTERSIGN_EMULATOR_ALLOW_HOST',
  'COUNTERSIGN_ENVIRONMENT',
  'COUNTERSIGN_FRONT_DOORS',
  'COUNTERSIGN_SERVICE',
  'COUNTERSIGN_SERVICE_URLS',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
  'GCE_METADATA_ROOT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'METADATA_SERVER_DETECTION',
  'PORT',
])

/** Left out: an environment that is copied into a file must not confirm the emulator in production. */
const confirmation = 'COUNTERSIGN_EMULATOR_CONFIRM'

/**
 * Checks the environment that an emulator returns for a service. A shell evaluates it, and any process on
 * the machine could answer instead of the emulator: a name can be a command, and so can the value of
 * `PATH`, `LD_PRELOAD` or `NODE_OPTIONS`. Only variables that emulators set are accepted.
 *
 * @throws {Failure} if there is another name, or a value with control characters
 */
export function readServiceEnvironment(value: unknown, url: string): ServiceEnvironment {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('it is not an object', url)
  }
  const entries = Object.entries(value).filter(([name]) => name !== confirmation)
  for (const [name, text] of entries) assertVariable(name, text, url)
  return Object.fromEntries(entries)
}

function assertVariable(name: string, text: unknown, url: string): void {
  if (!names.has(name)) {
    throw refused(`it has ${JSON.stringify(printable(name))}, which no emulator sets`, url)
  }
  if (typeof text === 'string' && !/\p{Cc}/u.test(text)) return
  throw refused(`${name} is not a text, or has control characters`, url)
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?')
}

function refused(problem: string, url: string): Failure {
  return new Failure(`The environment from ${url} is refused, since ${problem}`, {
    exitCode: exitCodes.unavailable,
    hint: 'Check which program listens there. If it is the emulator, use the countersign command of the same version.',
  })
}
