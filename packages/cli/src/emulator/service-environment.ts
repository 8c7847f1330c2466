import { escapeControls } from '@countersign/shared/redact'
import { exitCodes, Failure } from '../command-line/failure.ts'

/** The environment of a service: values by name. */
export type ServiceEnvironment = Readonly<Record<string, string>>

/** Variables with the forms of their values. A script can hand a port to arithmetic, which runs commands. */
type Forms = Readonly<Record<string, RegExp>>

const url = /^https?:\/\/[\w.:[\]-]+(?:\/\w*)?$/
const host = /^[\w.:[\]-]+$/
const port = /^\d{1,5}$/
const name = /^[\w-]+$/
const project = /^[a-z0-9.:-]+$/
const json = /^\{.*\}$/
const empty = /^$/
const anything = /^/

/** The variables that an emulator sets. */
const serviceForms: Forms = {
  CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: url,
  CLOUDSDK_AUTH_TOKEN_HOST: url,
  CLOUDSDK_CONFIG: anything,
  COUNTERSIGN_AUDIENCE: /^\S+$/,
  COUNTERSIGN_EMULATOR: url,
  COUNTERSIGN_EMULATOR_ALLOW_HOST: host,
  COUNTERSIGN_ENVIRONMENT: name,
  COUNTERSIGN_FRONT_DOORS: json,
  COUNTERSIGN_SERVICE: name,
  COUNTERSIGN_SERVICE_URLS: json,
  GCE_METADATA_HOST: host,
  GCE_METADATA_IP: host,
  GCE_METADATA_ROOT: host,
  GOOGLE_APPLICATION_CREDENTIALS: empty,
  GOOGLE_CLOUD_PROJECT: project,
  METADATA_SERVER_DETECTION: /^assume-present$/,
  PORT: port,
}

/** The variables that an emulator sets for gcloud, which must not send the user's own credentials. */
const gcloudForms: Forms = {
  CLOUDSDK_ACTIVE_CONFIG_NAME: empty,
  CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: url,
  CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: url,
  CLOUDSDK_AUTH_DISABLE_CREDENTIALS: /^true$/,
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: name,
  CLOUDSDK_CONFIG: anything,
  CLOUDSDK_CORE_DISABLE_PROMPTS: name,
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: name,
  CLOUDSDK_CORE_PROJECT: project,
  CLOUDSDK_PROXY_ADDRESS: host,
  CLOUDSDK_PROXY_PORT: port,
  CLOUDSDK_PROXY_TYPE: name,
  CLOUDSDK_RUN_REGION: name,
}

/** Left out: an environment that is copied into a file must not confirm the emulator in production. */
const confirmation = 'COUNTERSIGN_EMULATOR_CONFIRM'

/**
 * Checks the environment that an emulator returns for a service. A shell evaluates it, and any process on
 * the machine could answer instead of the emulator: a name can be a command, and so can the value of
 * `PATH`, `LD_PRELOAD` or `NODE_OPTIONS`. Only variables that emulators set are accepted, with values like
 * theirs.
 *
 * @throws {Failure} if there is another name, or a value of another form
 */
export function readServiceEnvironment(value: unknown, from: string): ServiceEnvironment {
  return checkedEnvironment(value, { from, forms: serviceForms })
}

/**
 * Checks the environment that an emulator returns for gcloud, in the same way. gcloud must not send
 * the user's own credentials: the endpoints in it are plain HTTP, at whatever port answered.
 *
 * @throws {Failure} if there is another name, a value of another form, or gcloud would send credentials
 */
export function readGcloudEnvironment(value: unknown, from: string): ServiceEnvironment {
  const env = checkedEnvironment(value, { from, forms: gcloudForms })
  if (env.CLOUDSDK_AUTH_DISABLE_CREDENTIALS !== undefined) return env
  throw refused('it does not have CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true', from)
}

/** The URL that an environment is from, and the variables that it can have. */
interface Source {
  from: string
  forms: Forms
}

function checkedEnvironment(value: unknown, source: Source): ServiceEnvironment {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('it is not an object', source.from)
  }
  const entries = Object.entries(value).filter(([variable]) => variable !== confirmation)
  for (const [variable, text] of entries) assertVariable(variable, text, source)
  return Object.fromEntries(entries)
}

/** A terminal obeys control characters, and shows what bidi characters surround in another order. */
function assertVariable(variable: string, text: unknown, { from, forms }: Source): void {
  const form = Object.hasOwn(forms, variable) ? forms[variable] : undefined
  if (form === undefined) {
    throw refused(`it has ${JSON.stringify(printable(variable))}, which no emulator sets`, from)
  }
  if (typeof text !== 'string' || escapeControls(text) !== text) {
    throw refused(`${variable} is not a text, or has control characters`, from)
  }
  if (!form.test(text)) throw refused(`${variable} has a value that no emulator sets`, from)
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?')
}

function refused(problem: string, from: string): Failure {
  return new Failure(`The environment from ${from} is refused, since ${problem}`, {
    exitCode: exitCodes.unavailable,
    hint: 'Check which program listens there. If it is the emulator, use the countersign command of the same version.',
  })
}
