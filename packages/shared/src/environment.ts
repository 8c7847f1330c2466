import { printed } from './checks.ts'
import { parsedUrl } from './realm/urls.ts'

/** The variables of a process. An empty one counts as unset, but for those of a platform. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * This process's variables, as they are now, without what tools add to them: `docker --env-file` keeps quotation
 * marks, `$(cat file)` of a Windows file a carriage return, a secret's editor a line break or a byte order
 * mark. No variable that is read here needs them.
 */
export function readEnvironment(variables: Environment = process.env): Environment {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value = '']) => [name, asMeant(value)]),
  )
}

/** A value without space around it, and without quotation marks around that. `trim` takes the mark, too. */
function asMeant(value: string): string {
  const text = value.trim()
  const [, , inner] = /^(["'])(.*)\1$/s.exec(text) ?? []
  return inner === undefined || inner.includes(text[0] as string) ? text : inner.trim()
}

/**
 * The mode of `COUNTERSIGN_MODE`. An unknown word stops the start: taken for `enforce` it would refuse
 * calls that a roll-out meant to let through, taken for `report-only` the reverse.
 */
export function modeFrom(env: Environment): 'enforce' | 'report-only' | undefined {
  const mode = env.COUNTERSIGN_MODE?.toLowerCase() || undefined
  if (mode === undefined || mode === 'enforce' || mode === 'report-only') return mode
  throw new TypeError(
    `COUNTERSIGN_MODE must be "enforce" or "report-only", but is ${printed(env.COUNTERSIGN_MODE)}`,
  )
}

/** The host of the metadata server, if a variable names one, in the order of Google's Node libraries. */
export function metadataHostFrom(env: Environment): string | undefined {
  return env.GCE_METADATA_IP || env.GCE_METADATA_HOST || undefined
}

/**
 * Where the metadata server is: a host, with its port if that isn't 80, as Google's variables have it. A
 * scheme before it, a slash after it and an IPv6 address without brackets are accepted.
 *
 * @throws {TypeError} if it is not a host
 */
export function metadataOrigin(host = '169.254.169.254'): URL {
  const bare = host.replace(/^http:\/\//i, '')
  const text = `http://${bareIPv6.test(bare) ? `[${bare.replace(/\/$/, '')}]` : bare}`
  const url = parsedUrl(text)
  if (url && url.href === `${url.origin}/`) return url
  throw new TypeError(
    `The metadata server's host (GCE_METADATA_IP, else GCE_METADATA_HOST) must be a host, but is ${printed(host)}: write one such as 127.0.0.1:8080 or [fd20:ce::254]`,
  )
}

/** Google's own is fd20:ce::254. */
const bareIPv6 = /^[\da-f.]*:[\da-f.]*:[\da-f.:]*\/?$/i

/** The variables that Google's serverless products set, and nothing else sets by itself. */
const serverlessVariables = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'GAE_ENV',
  'GAE_INSTANCE',
] as const

/** The variables that Firebase's emulator sets for each function that it runs on a laptop. */
const setByFirebase: readonly string[] = ['K_SERVICE', 'K_REVISION']

/**
 * The variable that says that this is Cloud Run, Cloud Functions or App Engine; undefined elsewhere.
 * `FUNCTION_TARGET` proves nothing: the Functions Framework sets it on laptops.
 */
export function serverlessVariable(env: Environment): string | undefined {
  const isFirebase = env.FUNCTIONS_EMULATOR === 'true'
  return serverlessVariables.find(
    (name) => env[name] !== undefined && !(isFirebase && setByFirebase.includes(name)),
  )
}
