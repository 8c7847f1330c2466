import type { DrillableEndpoint, DrillOptions, Fault } from '../drills.ts'

/** The endpoints where a drill is possible, and whether they issue ID tokens. */
const issuesIdTokens = {
  identity: true,
  token: true,
  'generate-id-token': true,
  'access-token': false,
  metadata: false,
  jwks: false,
  certs: false,
  discovery: false,
  'token-info': false,
  sts: false,
  'generate-access-token': false,
  'sign-blob': false,
  'sign-jwt': false,
  'allow-policy': false,
  'run-service': false,
  'front-door': false,
} satisfies Record<DrillableEndpoint, boolean>

const everywhere = Object.keys(issuesIdTokens) as readonly DrillableEndpoint[]
const issuing = everywhere.filter((endpoint) => issuesIdTokens[endpoint])

/** The endpoints where each fault is possible; empty for faults that affect all of Google. */
const placesOf: Readonly<Record<Fault['kind'], readonly DrillableEndpoint[]>> = {
  delay: everywhere,
  hang: everywhere,
  status: everywhere,
  html: everywhere,
  'wrong-audience': issuing,
  'expired-token': issuing,
  'clock-shift': everywhere,
  'iam-delay': ['front-door'],
  'rotate-keys': [],
  'drop-key': [],
}

const maxDelayMs = 10 * 60 * 1000
const maxShiftSeconds = 365 * 24 * 3600

/** A drill with valid options. */
export interface CheckedDrill {
  fault: Fault
  endpoints: readonly DrillableEndpoint[]
  service: string | undefined
  times: number
}

/**
 * Checks the options of a drill, from code or over HTTP.
 *
 * @throws {TypeError} if an option is wrong; it names the option
 */
export function checkDrill(
  options: DrillOptions,
  services: ReadonlyMap<string, unknown>,
): CheckedDrill {
  const fault = checkFault(options?.fault)
  const { endpoint, service, times = Number.POSITIVE_INFINITY } = options
  const places = placesOf[fault.kind]
  if (places.length === 0 && (endpoint ?? service ?? options.times) !== undefined) {
    throw new TypeError(
      `${fault.kind} changes the keys of all of Google: leave out endpoint, service and times`,
    )
  }
  if (endpoint !== undefined && !places.includes(endpoint)) {
    throw new TypeError(
      `endpoint must be one where ${fault.kind} is possible${butIs(endpoint, places)}: write one of ${places.join(', ')}`,
    )
  }
  if (service !== undefined && !services.has(service)) {
    const known = [...services.keys()]
    throw new TypeError(
      `service must be a service of the policy${butIs(service, known)}: write one of ${known.join(', ')}`,
    )
  }
  if (!isAtLeast(times, 1)) throw new TypeError('times must be a whole number: write one from 1')
  return { fault, endpoints: endpoint ? [endpoint] : places, service, times }
}

const maxShownLength = 50

/** A wrong name, and the known one that was probably meant. */
function butIs(name: unknown, known: readonly string[]): string {
  if (typeof name !== 'string' || name.length > maxShownLength) return ''
  const meant = known.find((one) => isSimilar(one, name))
  return `, but is "${name}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`
}

/** Whether two names differ in two neighbouring characters at most. */
function isSimilar(a: string, b: string): boolean {
  const longer = Math.max(a.length, b.length)
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start += 1
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return longer - start - end <= 2
}

/** Returns only known fields, since a request over HTTP can contain others. */
function checkFault(fault: Fault | undefined): Fault {
  const kind = fault?.kind
  if (!fault || !kind || !Object.hasOwn(placesOf, kind)) {
    throw new TypeError(`fault.kind is unknown: write one of ${Object.keys(placesOf).join(', ')}`)
  }
  switch (fault.kind) {
    case 'delay':
      return { kind: fault.kind, ms: within(fault.ms, 'ms', { min: 0, max: maxDelayMs }) }
    case 'status':
      return checkStatus(fault)
    case 'clock-shift': {
      const limits = { min: -maxShiftSeconds, max: maxShiftSeconds }
      return { kind: fault.kind, seconds: within(fault.seconds, 'seconds', limits) }
    }
    case 'iam-delay': {
      const limits = { min: 1, max: maxDelayMs / 1000 }
      return { kind: fault.kind, seconds: within(fault.seconds, 'seconds', limits) }
    }
    default:
      return { kind: fault.kind }
  }
}

function checkStatus({ kind, status, retryAfterSeconds }: Fault & { kind: 'status' }): Fault {
  const checked = { kind, status: within(status, 'status', { min: 400, max: 599 }) }
  if (retryAfterSeconds === undefined) return checked
  const limits = { min: 0, max: 86_400 }
  return {
    ...checked,
    retryAfterSeconds: within(retryAfterSeconds, 'retryAfterSeconds', limits),
  }
}

function within(value: number, name: string, { min, max }: { min: number; max: number }): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new TypeError(`fault.${name} must be a whole number: write one from ${min} to ${max}`)
}

function isAtLeast(value: number, min: number): boolean {
  return (Number.isInteger(value) || value === Number.POSITIVE_INFINITY) && value >= min
}
