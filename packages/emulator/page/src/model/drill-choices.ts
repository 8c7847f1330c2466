import type { DrillableEndpoint, Fault } from '@countersign/emulator'

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
