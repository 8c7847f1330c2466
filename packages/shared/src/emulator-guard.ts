import { type Environment, serverlessVariable } from './environment.ts'
import { parsedUrl } from './realm/urls.ts'

/**
 * The emulator's URL, if `COUNTERSIGN_EMULATOR` names one. The process there decides whose tokens
 * are genuine and where calls go. So the start fails if this looks like production, or if the emulator
 * is not on this machine. If the emulator counts, the process warns once.
 *
 * A reachable metadata server means nothing: Cloud Build has one.
 *
 * @throws {TypeError} if it must not count here; the message names the variable to remove or to set
 */
export function emulatorUrl(env: Environment): URL | undefined {
  const text = env.COUNTERSIGN_EMULATOR
  if (!text) return undefined
  const url = parse(text) // first: no other error can then repeat a password in it
  assertNotProduction(text, env)
  assertNearby(url, env)
  warnOnce(url)
  return url
}

/**
 * The variable that shows that a process runs in production, as `NAME` or `NAME=value`; undefined if none does.
 *
 * @param env the process's environment
 */
export function productionSign(env: Environment): string | undefined {
  const serverless = serverlessVariable(env)
  if (serverless !== undefined) return serverless
  if (env.KUBERNETES_SERVICE_HOST !== undefined) return 'KUBERNETES_SERVICE_HOST'
  return env.NODE_ENV === 'production' ? 'NODE_ENV=production' : undefined
}

/**
 * The variable that says that this is Cloud Run itself, where no confirmation counts; undefined
 * elsewhere. Knative sets `K_SERVICE` too, but always beside `KUBERNETES_SERVICE_HOST`.
 */
export function cloudRunVariable(env: Environment): string | undefined {
  if (env.KUBERNETES_SERVICE_HOST !== undefined) return undefined
  if (serverlessVariable(env) === 'K_SERVICE') return 'K_SERVICE'
  return Object.keys(env).find((name) => name.startsWith('CLOUD_RUN_') && env[name] !== undefined)
}

function assertNotProduction(emulator: string, env: Environment): void {
  const confirmed = env.COUNTERSIGN_EMULATOR_CONFIRM
  const cloudRun = cloudRunVariable(env)
  if (confirmed && cloudRun !== undefined) {
    throw new TypeError(
      `COUNTERSIGN_EMULATOR_CONFIRM is set beside ${cloudRun}, so this is Cloud Run, where the emulator never counts: remove COUNTERSIGN_EMULATOR and COUNTERSIGN_EMULATOR_CONFIRM from the service's environment`,
    )
  }
  const sign = productionSign(env)
  if (sign === undefined || confirmed === emulator) return
  const remedy = cloudRun === undefined ? confirmation(sign, emulator) : ''
  throw new TypeError(
    `COUNTERSIGN_EMULATOR is set beside ${sign}: in production remove COUNTERSIGN_EMULATOR.${remedy}`,
  )
}

function confirmation(sign: string, emulator: string): string {
  const where =
    sign === 'KUBERNETES_SERVICE_HOST' ? ' (a CI runner in Kubernetes, for example)' : ''
  return ` If this is CI or a development machine${where}, set COUNTERSIGN_EMULATOR_CONFIRM=${emulator}, the same as COUNTERSIGN_EMULATOR.`
}

function parse(text: string): URL {
  const url = parsedUrl(text)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new TypeError(
    'COUNTERSIGN_EMULATOR is not an http or https URL without a user: write the URL of the emulator, such as http://127.0.0.1:8790',
  )
}

function assertNearby({ hostname }: URL, env: Environment): void {
  if (isLoopbackAddress(hostname) || allowedHosts(env).includes(hostname)) return
  throw new TypeError(
    `COUNTERSIGN_EMULATOR is on "${hostname}", which is not a loopback address: write 127.0.0.1 or [::1], or, if that is the emulator's container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=${hostname}`,
  )
}

/**
 * Whether a URL's hostname is a loopback literal: 127.0.0.0/8 or [::1]. A name,
 * `localhost` too, depends on a resolver.
 *
 * @param hostname as `URL` writes it: every form of an IPv4 address as four decimal numbers
 */
export function isLoopbackAddress(hostname: string): boolean {
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** As `URL.hostname` writes hosts: in lower case, an IPv6 address in brackets. */
function allowedHosts(env: Environment): string[] {
  const list = env.COUNTERSIGN_EMULATOR_ALLOW_HOST ?? ''
  return list.split(',').map((entry) => {
    const host = entry.trim().toLowerCase()
    return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  })
}

/** Each package has a copy of this module, but the process has to warn only once. */
const warned = Symbol.for('@countersign/emulator-warning')

/** For a process that is meant for the emulator, as a command is whose option names it. */
export function silenceEmulatorWarning(): void {
  const state = process as { [warned]?: true }
  state[warned] = true
}

function warnOnce({ origin }: URL): void {
  const state = process as { [warned]?: true }
  if (state[warned]) return
  state[warned] = true
  process.emitWarning(
    `the emulator at ${origin} stands in for Google, since COUNTERSIGN_EMULATOR names it: its keys and tokens count, and Google's do not`,
    { type: 'CountersignWarning', code: 'COUNTERSIGN_EMULATOR' },
  )
}
