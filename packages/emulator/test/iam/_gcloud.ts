import type { Emulator } from '../../src/index.ts'
import { type Answer, send } from '../send.ts'

/** The answer of one of Google's APIs. */
export interface Reply {
  status: number
  body: Policy & { error?: { code: number; message: string; status: string } }
}

interface Policy {
  version?: number
  etag?: string
  bindings?: Binding[]
}

export interface Binding {
  role: string
  members: string[]
  condition?: { title: string; expression: string }
}

export const profiles = 'projects/acme/locations/us-central1/services/user-profiles'
export const invoker = 'roles/run.invoker'

/** Sends a request as gcloud does: to a proxy, with the whole URL, without credentials. */
export async function ask(
  emulator: Emulator,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { host } = new URL(url)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await send(emulator.url, {
    method,
    target: url,
    headers: { host, ...type, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: answer.status, body: parsed(answer) }
}

function parsed({ body, headers }: Answer): Reply['body'] {
  return headers['content-type']?.startsWith('application/json') ? JSON.parse(body) : {}
}

export const run = 'http://run.googleapis.com'
export const resourceManager = 'http://cloudresourcemanager.googleapis.com'

export function readPolicy(emulator: Emulator, service = profiles): Promise<Reply> {
  const url = `${run}/v1/${service}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`
  return ask(emulator, 'GET', url)
}

export function writePolicy(
  emulator: Emulator,
  policy: unknown,
  service = profiles,
): Promise<Reply> {
  return ask(emulator, 'POST', `${run}/v1/${service}:setIamPolicy?alt=json`, { policy })
}

/** What `gcloud run services add-iam-policy-binding` sends. */
export async function addBinding(
  emulator: Emulator,
  { role = invoker, member, condition, service = profiles }: Change,
): Promise<Reply> {
  const { body } = await readPolicy(emulator, service)
  const bindings = body.bindings ?? []
  const same = bindings.find((one) => one.role === role && !one.condition && !condition)
  if (same) same.members.push(member)
  else bindings.push({ role, members: [member], ...(condition && { condition }) })
  return writePolicy(emulator, { bindings, etag: body.etag, version: 3 }, service)
}

/** What `gcloud run services remove-iam-policy-binding` sends. */
export async function removeBinding(
  emulator: Emulator,
  { role = invoker, member, service = profiles }: Change,
): Promise<Reply> {
  const { body } = await readPolicy(emulator, service)
  const bindings = (body.bindings ?? [])
    .map((one) => {
      if (one.role !== role) return one
      return { ...one, members: one.members.filter((each) => each !== member) }
    })
    .filter(({ members }) => members.length > 0)
  return writePolicy(emulator, { bindings, etag: body.etag, version: 3 }, service)
}

interface Change {
  role?: string
  member: string
  condition?: Binding['condition']
  service?: string
}

/** Writes the allow policy of a project, a folder or an organization. */
export async function setAbove(
  emulator: Emulator,
  resource: string,
  bindings: readonly Binding[],
): Promise<Reply> {
  const version = resource.startsWith('folders/') ? 'v2' : 'v1'
  const url = `${resourceManager}/${version}/${resource}:setIamPolicy?alt=json`
  return ask(emulator, 'POST', url, { policy: { version: 3, bindings } })
}
