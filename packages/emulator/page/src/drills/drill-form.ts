import type { DrillableEndpoint, DrillOptions, Fault } from '@countersign/emulator'

/** State of the drill form. It keeps the values of all faults, not only of the selected one. */
export interface DrillForm {
  kind: Fault['kind']
  /** Empty: every possible endpoint. */
  endpoint: DrillableEndpoint | ''
  /** Empty: every service. */
  service: string
  /** Undefined: until the drill is ended. */
  times?: number | undefined
  ms: number
  status: number
  retryAfter?: number | undefined
  seconds: number
}

/** Initial state of the form. */
export const emptyDrill: DrillForm = {
  kind: 'status',
  endpoint: '',
  service: '',
  ms: 2_000,
  status: 503,
  seconds: -600,
}

/** Changes the form, and resets fields that the new fault or endpoint does not have. */
export function withChange(form: DrillForm, change: Partial<DrillForm>): DrillForm {
  const next = { ...form, ...change }
  const places = endpointsFor(next.kind)
  const endpoint = next.endpoint && places.includes(next.endpoint) ? next.endpoint : ''
  if (places.length === 0) return { ...next, endpoint, service: '', times: undefined }
  return { ...next, endpoint, service: isPerService(endpoint) ? next.service : '' }
}

/** Options of the drill. The emulator validates them. */
export function drillOptions(form: DrillForm): DrillOptions {
  const { endpoint, service, times } = form
  return {
    fault: faultOf(form),
    ...(endpoint && { endpoint }),
    ...(service && { service }),
    ...(times !== undefined && { times }),
  }
}

function faultOf({ kind, ms, status, retryAfter, seconds }: DrillForm): Fault {
  switch (kind) {
    case 'delay':
      return { kind, ms }
    case 'clock-shift':
      return { kind, seconds }
    case 'iam-delay':
      return { kind, seconds: Math.abs(seconds) }
    case 'status':
      return retryAfter === undefined
        ? { kind, status }
        : { kind, status, retryAfterSeconds: retryAfter }
    default:
      return { kind }
  }
}

/** Choice of a fault. */
interface FaultChoice {
  name: string
  /** Where the fault is possible. `google`: it affects all of Google, not an endpoint. */
  at: 'any-endpoint' | 'id-token-endpoints' | 'front-door' | 'google'
}

/** In the order of the form. A test compares this table with the checks of the emulator. */
export const faultChoices: Readonly<Record<Fault['kind'], FaultChoice>> = {
  status: { name: 'Error response', at: 'any-endpoint' },
  delay: { name: 'Delayed answer', at: 'any-endpoint' },
  hang: { name: 'No answer', at: 'any-endpoint' },
  html: { name: 'HTML page', at: 'any-endpoint' },
  'wrong-audience': { name: 'ID tokens for another audience', at: 'id-token-endpoints' },
  'expired-token': { name: 'ID tokens that expired an hour ago', at: 'id-token-endpoints' },
  'clock-shift': { name: 'Google’s clock is wrong', at: 'any-endpoint' },
  'iam-delay': { name: 'Changes of IAM count later', at: 'front-door' },
  'rotate-keys': { name: 'New key, announced in advance', at: 'google' },
  'drop-key': { name: 'New key, old key removed', at: 'google' },
}

/** Choice of an endpoint. */
interface EndpointChoice {
  /** What callers request there. */
  name: string
  /** `service`: each service has its own; `google`: shared by all services. */
  of: 'service' | 'google'
  issuesIdTokens?: true
}

/** In the order of the form. */
export const endpointChoices: Readonly<Record<DrillableEndpoint, EndpointChoice>> = {
  identity: { name: 'ID tokens', of: 'service', issuesIdTokens: true },
  'access-token': { name: 'access tokens', of: 'service' },
  metadata: { name: 'everything else', of: 'service' },
  'front-door': { name: 'calls to the service', of: 'service' },
  jwks: { name: 'keys as JWKS', of: 'google' },
  certs: { name: 'keys as certificates', of: 'google' },
  discovery: { name: 'discovery document', of: 'google' },
  token: { name: 'OAuth’s token endpoint', of: 'google', issuesIdTokens: true },
  'token-info': { name: 'information about tokens', of: 'google' },
  sts: { name: 'Security Token Service', of: 'google' },
  'generate-id-token': { name: 'IAM Credentials', of: 'google', issuesIdTokens: true },
  'generate-access-token': { name: 'IAM Credentials', of: 'google' },
  'sign-blob': { name: 'IAM Credentials', of: 'google' },
  'sign-jwt': { name: 'IAM Credentials', of: 'google' },
  'allow-policy': { name: 'allow policies', of: 'google' },
  'run-service': { name: 'Cloud Run’s API', of: 'google' },
}

const endpoints = Object.keys(endpointChoices) as readonly DrillableEndpoint[]

/** Endpoints where a fault is possible; none for faults that affect all of Google. */
export function endpointsFor(kind: Fault['kind']): readonly DrillableEndpoint[] {
  const { at } = faultChoices[kind]
  if (at === 'google') return []
  if (at === 'any-endpoint') return endpoints
  if (at === 'front-door') return ['front-door']
  return endpoints.filter((endpoint) => endpointChoices[endpoint].issuesIdTokens)
}

/**
 * Whether each service has its own endpoint of this kind, so that a drill can affect one service.
 *
 * @param endpoint empty: every possible endpoint
 */
export function isPerService(endpoint: DrillableEndpoint | ''): boolean {
  return endpoint === '' || endpointChoices[endpoint].of === 'service'
}
