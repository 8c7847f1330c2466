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

/** The variables that an emulator sets for gcloud. */
const gcloudNames: ReadonlySet<string> = new Set([
  'CLOUDSDK_ACTIVE_CONFIG_NAME',
  'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER',
  'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN',
  'CLOUDSDK_AUTH_DISABLE_CREDENTIALS',
  'CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK',
  'CLOUDSDK_CONFIG',
  'CLOUDSDK_CORE_DISABLE_PROMPTS',
  'CLOUDSDK_CORE_DISABLE_USAGE_REPORTING',
  'CLOUDSDK_CORE_PROJECT',
  'CLOUDSDK_PROXY_ADDRESS',
  'CLOUDSDK_PROXY_PORT',
  'CLOUDSDK_PROXY_TYPE',
  'CLOUDSDK_RUN_REGION',
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
  return checkedEnvironment(value, { url, names })
}

/**
 * Checks the environment that an emulator returns for gcloud, in the same way. gcloud must not send
 * the user's own credentials: the endpoints in it are plain HTTP, at whatever port answered.
 *
 * @throws {Failure} if there is another name, a value with control characters, or gcloud would send
 *   credentials
 */
export function readGcloudEnvironment(value: unknown, url: string): ServiceEnvironment {
  const env = checkedEnvironment(value, { url, names: gcloudNames })
  if (env.CLOUDSDK_AUTH_DISABLE_CREDENTIALS === 'true') return env
  throw refused('it does not have CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true', url)
}

/** The URL that an environment is from, and the names that it can have. */
interface Source {
  url: string
  names: ReadonlySet<string>
}

function checkedEnvironment(value: unknown, source: Source): ServiceEnvironment {
  const { url } = source
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('it is not an object', url)
  }
  const entries = Object.entries(value).filter(([name]) => name !== confirmation)
  for (const [name, text] of entries) assertVariable(name, text, source)
  return Object.fromEntries(entries)
}

function assertVariable(name: string, text: unknown, { url, names }: Source): void {
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
