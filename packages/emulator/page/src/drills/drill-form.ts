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
  return { ...next, endpoint, service: isPerService(endpoint) ? next.service : '' }
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

/** A fault as it is offered. */
interface FaultChoice {
  name: string
  /** Where it can be. `google`: it is of all of Google, and at no endpoint. */
  at: 'any-endpoint' | 'id-token-endpoints' | 'google'
}

/** In the order in which they are offered. The emulator checks the same: a test holds both together. */
export const faultChoices: Readonly<Record<Fault['kind'], FaultChoice>> = {
  status: { name: 'An error', at: 'any-endpoint' },
  delay: { name: 'A late answer', at: 'any-endpoint' },
  hang: { name: 'No answer', at: 'any-endpoint' },
  html: { name: 'A page of HTML', at: 'any-endpoint' },
  'wrong-audience': { name: 'ID tokens for another audience', at: 'id-token-endpoints' },
  'expired-token': { name: 'ID tokens that expired an hour ago', at: 'id-token-endpoints' },
  'clock-shift': { name: 'Google’s clock is wrong', at: 'any-endpoint' },
  'rotate-keys': { name: 'A new key, announced ahead', at: 'google' },
  'drop-key': { name: 'A new key, the old one gone', at: 'google' },
}

/** An endpoint as it is offered. */
interface EndpointChoice {
  /** What is asked for there. */
  name: string
  /** `service`: each service has one of its own; those of Google can't tell services apart. */
  of: 'service' | 'google'
  issuesIdTokens?: true
}

/** In the order in which they are offered. */
export const endpointChoices: Readonly<Record<DrillableEndpoint, EndpointChoice>> = {
  identity: { name: 'ID tokens', of: 'service', issuesIdTokens: true },
  'access-token': { name: 'access tokens', of: 'service' },
  metadata: { name: 'all else', of: 'service' },
  'front-door': { name: 'calls to the service', of: 'service' },
  jwks: { name: 'keys, as JWKS', of: 'google' },
  certs: { name: 'keys, as certificates', of: 'google' },
  discovery: { name: 'discovery document', of: 'google' },
  token: { name: 'OAuth’s token endpoint', of: 'google', issuesIdTokens: true },
  sts: { name: 'Security Token Service', of: 'google' },
  'generate-id-token': { name: 'IAM Credentials', of: 'google', issuesIdTokens: true },
  'generate-access-token': { name: 'IAM Credentials', of: 'google' },
  'sign-blob': { name: 'IAM Credentials', of: 'google' },
  'sign-jwt': { name: 'IAM Credentials', of: 'google' },
}

const endpoints = Object.keys(endpointChoices) as readonly DrillableEndpoint[]

/**
 * Where a fault can be; nowhere in particular for those of all of Google.
 *
 * @param kind the fault
 */
export function endpointsFor(kind: Fault['kind']): readonly DrillableEndpoint[] {
  const { at } = faultChoices[kind]
  if (at === 'google') return []
  if (at === 'any-endpoint') return endpoints
  return endpoints.filter((endpoint) => endpointChoices[endpoint].issuesIdTokens)
}

/**
 * Whether each service has an endpoint of its own; the others can't tell services apart.
 *
 * @param endpoint the endpoint; empty: wherever the fault can be
 */
export function isPerService(endpoint: DrillableEndpoint | ''): boolean {
  return endpoint === '' || endpointChoices[endpoint].of === 'service'
}
