import type { DrillableEndpoint, DrillOptions, Fault } from '@countersign/emulator'

/** A drill as it is filled in: of each fault what it takes, whichever is chosen. */
export interface DrillForm {
  kind: Fault['kind']
  /** Empty: wherever the fault can be. */
  endpoint: DrillableEndpoint | ''
  /** Empty: every service. */
  service: string
  /** Undefined: until it is ended. */
  times?: number | undefined
  ms: number
  status: number
  retryAfter?: number | undefined
  seconds: number
}

/** As it is before anything is filled in. */
export const emptyDrill: DrillForm = {
  kind: 'status',
  endpoint: '',
  service: '',
  ms: 2_000,
  status: 503,
  seconds: -600,
}

/**
 * The form with something filled in, without what that rules out.
 *
 * @param form the form
 * @param change what was filled in
 */
export function withChange(form: DrillForm, change: Partial<DrillForm>): DrillForm {
  const next = { ...form, ...change }
  const places = endpointsFor(next.kind)
  const endpoint = next.endpoint && places.includes(next.endpoint) ? next.endpoint : ''
  if (places.length === 0) return { ...next, endpoint, service: '', times: undefined }
  return { ...next, endpoint, service: isOfServices(endpoint) ? next.service : '' }
}

/**
 * What to ask the emulator for. It checks the rest, and says what is wrong.
 *
 * @param form as it is filled in
 */
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
    case 'status':
      return retryAfter === undefined
        ? { kind, status }
        : { kind, status, retryAfterSeconds: retryAfter }
    default:
      return { kind }
  }
}

/** What can go wrong. */
export const faultNames: Readonly<Record<Fault['kind'], string>> = {
  status: 'An error',
  delay: 'A late answer',
  hang: 'No answer',
  html: 'A page of HTML',
  'wrong-audience': 'ID tokens for another audience',
  'expired-token': 'ID tokens that expired an hour ago',
  'clock-shift': 'Google’s clock is wrong',
  'rotate-keys': 'A new key, announced ahead',
  'drop-key': 'A new key, the old one gone',
}

/** In the order in which they are offered. */
export const faultKinds = Object.keys(faultNames) as readonly Fault['kind'][]

/** Where it can go wrong, and what is asked for there. */
export const endpointNames: Readonly<Record<DrillableEndpoint, string>> = {
  identity: 'ID tokens',
  'access-token': 'access tokens',
  metadata: 'all else',
  'front-door': 'calls to the service',
  jwks: 'keys, as JWKS',
  certs: 'keys, as certificates',
  discovery: 'discovery document',
  token: 'OAuth’s token endpoint',
  sts: 'Security Token Service',
  'generate-id-token': 'IAM Credentials',
  'generate-access-token': 'IAM Credentials',
  'sign-blob': 'IAM Credentials',
  'sign-jwt': 'IAM Credentials',
}

const endpoints = Object.keys(endpointNames) as readonly DrillableEndpoint[]
const ofServices: readonly DrillableEndpoint[] = endpoints.slice(0, 4)
const issuing: readonly DrillableEndpoint[] = ['identity', 'token', 'generate-id-token']

/**
 * Where a fault can be; nowhere in particular for those of all of Google.
 *
 * @param kind the fault
 */
export function endpointsFor(kind: Fault['kind']): readonly DrillableEndpoint[] {
  if (kind === 'rotate-keys' || kind === 'drop-key') return []
  return kind === 'wrong-audience' || kind === 'expired-token' ? issuing : endpoints
}

/**
 * Whether each service has an endpoint of its own; the others can't tell services apart.
 *
 * @param endpoint the endpoint; empty: wherever the fault can be
 */
export function isOfServices(endpoint: DrillableEndpoint | ''): boolean {
  return endpoint === '' || ofServices.includes(endpoint)
}
