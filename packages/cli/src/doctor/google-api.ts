import { redact } from '@countersign/shared/redact'
import type { GrantFact, GrantFacts, ServiceFacts } from '../causes/evidence.ts'
import { parseJson } from '../command-line/options.ts'
import { grantsIn, serviceFacts } from './describe.ts'
import type { Check } from './report.ts'

/** Where a service is at Google. */
export interface Place {
  name: string
  project: string
  region: string
}

/** Whom to ask. Access tokens are sent to Google's own API and to the emulator, and nowhere else. */
export interface GoogleApi {
  /** The base URL of Cloud Run's API: Google's, or the emulator's. */
  base: string
  /** The caller's own access token; undefined if there is none. */
  accessToken: string | undefined
  isEmulated: boolean
}

/** What Google says about a service, and what could not be read. */
export interface GoogleSays {
  service?: ServiceFacts
  grants?: GrantFacts
  checks: readonly Check[]
}

/** Reads a service's description and its allow policy, and asks whether the caller can invoke it. */
export async function askGoogle(place: Place, api: GoogleApi): Promise<GoogleSays> {
  const path = `/v1/projects/${place.project}/locations/${place.region}/services/${place.name}`
  const reader = api.isEmulated ? undefined : api.accessToken
  const [described, policy, tested] = await Promise.all([
    ask(api.base, path, { token: reader }),
    ask(api.base, `${path}:getIamPolicy?options.requestedPolicyVersion=3`, { token: reader }),
    testPermission(path, api),
  ])
  const service = 'value' in described ? serviceFacts(described.value) : undefined
  const where = { on: `service ${place.name}`, isHere: true }
  return {
    ...(service && { service: { ...service, name: place.name } }),
    ...grantsOf({ policy, tested, where }),
    checks: [
      ...(service ? [] : [notChecked('service', described)]),
      ...('value' in policy || tested !== undefined ? [] : [notChecked('grants', policy)]),
    ],
  }
}

const maxOthers = 10

/** The grants on other services: perhaps the role was granted on the wrong one. */
export async function grantsOnOthers(
  places: readonly Place[],
  { base, accessToken, isEmulated }: GoogleApi,
): Promise<readonly GrantFact[]> {
  const token = isEmulated ? undefined : accessToken
  const read = places.slice(0, maxOthers).map(async ({ name, project, region }) => {
    const path = `/v1/projects/${project}/locations/${region}/services/${name}:getIamPolicy`
    const asked = await ask(base, `${path}?options.requestedPolicyVersion=3`, { token })
    const on = `service ${name}`
    return 'value' in asked ? grantsIn(asked.value, { on, isHere: false }) : []
  })
  return (await Promise.all(read)).flat()
}

function grantsOf({
  policy,
  tested,
  where,
}: {
  policy: Asked
  tested: boolean | undefined
  where: { on: string; isHere: boolean }
}): { grants?: GrantFacts } {
  if (!('value' in policy) && tested === undefined) return {}
  const known = 'value' in policy ? grantsIn(policy.value, where) : []
  const notRead = ['inherited grants', ...('value' in policy ? [] : ['the allow policy'])]
  return {
    grants: { known, notRead, ...(tested !== undefined && { isInvokerByGoogle: tested }) },
  }
}

/** Answers for the caller itself, also about inherited grants. */
async function testPermission(path: string, api: GoogleApi): Promise<boolean | undefined> {
  if (api.accessToken === undefined) return undefined
  const asked = await ask(api.base, `${path}:testIamPermissions`, {
    token: api.accessToken,
    body: { permissions: ['run.routes.invoke'] },
  })
  if (!('value' in asked)) return undefined
  const { permissions = [] } = asked.value as { permissions?: unknown }
  return Array.isArray(permissions) && permissions.includes('run.routes.invoke')
}

type Asked = { value: unknown } | { problem: string }

const maxBytes = 1024 * 1024

async function ask(
  base: string,
  path: string,
  { token, body }: { token: string | undefined; body?: object },
): Promise<Asked> {
  try {
    const response = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = (await response.text()).slice(0, maxBytes)
    const value = parseJson(text)
    if (response.ok && typeof value === 'object' && value !== null) return { value }
    return { problem: problemOf(response.status, value) }
  } catch (error) {
    return { problem: redact(error instanceof Error ? error.message : String(error), 200) }
  }
}

function problemOf(status: number, value: unknown): string {
  const { error } = (value ?? {}) as { error?: { message?: unknown } }
  const words = typeof error?.message === 'string' ? redact(error.message, 150) : ''
  return `${status}${words === '' ? '' : ` ${words}`}`
}

function notChecked(name: string, asked: Asked): Check {
  const problem = 'problem' in asked ? asked.problem : 'unknown'
  return { state: 'not-checked', name, text: `not checked (${problem})` }
}
