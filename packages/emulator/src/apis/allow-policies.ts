import { jsonObject } from '../http/body.ts'
import { json, type Parameters, type Reply, type Route, type RoutedRequest } from '../http/route.ts'
import { isSameEtag, toAllowPolicy } from '../iam/allow-policy.ts'
import { checkPolicy } from '../iam/check-policy.ts'
import type { Iam } from '../iam/iam.ts'
import { findProject, findService, lineage, type Resource } from '../iam/resources.ts'
import { isPermission, type Permission } from '../iam/roles.ts'
import { type Allowed, type IamParts, mayDo, permitted } from './asker.ts'
import { googleError } from './errors.ts'

/**
 * The allow policies of services (Cloud Run v1 and v2), projects, folders and organizations
 * (Resource Manager v1 to v3), and a project's ancestors.
 *
 * @see https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 * @see https://cloud.google.com/resource-manager/reference/rest
 */
export function allowPolicyRoutes(parts: IamParts): Omit<Route, 'endpoint'>[] {
  return [
    ...policyRoutes(parts, { path: service, kind: 'run.services', readBy: 'GET' }),
    ...policyRoutes(parts, { path: project, kind: 'resourcemanager.projects', readBy: 'POST' }),
    ...policyRoutes(parts, { path: folder, kind: 'resourcemanager.folders', readBy: 'POST' }),
    ...policyRoutes(parts, {
      path: organization,
      kind: 'resourcemanager.organizations',
      readBy: 'POST',
    }),
    ancestryRoute(parts),
    projectRoute(parts),
  ]
}

const service =
  '/v[12]/projects/(?<project>[^/]+)/locations/(?<region>[^/]+)/services/(?<service>[^/:]+)'
const project = '/v[13]/projects/(?<project>[^/]+?)'
const folder = '/v[23]/folders/(?<folder>[^/:]+)'
const organization = '/v[13]/organizations/(?<organization>[^/:]+)'

interface Kind {
  path: string
  kind:
    | 'run.services'
    | 'resourcemanager.projects'
    | 'resourcemanager.folders'
    | 'resourcemanager.organizations'
  /** Cloud Run has the options of a read in the URL, Resource Manager in a body. */
  readBy: 'GET' | 'POST'
}

function policyRoutes(parts: IamParts, { path, kind, readBy }: Kind): Omit<Route, 'endpoint'>[] {
  const { iam } = parts
  function demand(permission: Permission | undefined) {
    return (parameters: Parameters) => {
      const resource = resourceAt(parameters, iam)
      return { permission, resource, missing: () => notFound(parameters) }
    }
  }
  return [
    {
      method: readBy,
      path: new RegExp(`^${path}:getIamPolicy$`),
      handle: permitted(parts, demand(`${kind}.getIamPolicy`), (allowed) =>
        readPolicy(allowed, iam),
      ),
    },
    {
      method: 'POST',
      path: new RegExp(`^${path}:setIamPolicy$`),
      handle: permitted(parts, demand(`${kind}.setIamPolicy`), (allowed) =>
        writePolicy(allowed, iam),
      ),
    },
    {
      method: 'POST',
      path: new RegExp(`^${path}:testIamPermissions$`),
      handle: permitted(parts, demand(undefined), (allowed) => testPermissions(allowed, iam)),
    },
  ]
}

function resourceAt(
  { project = '', region, service, folder, organization }: Parameters,
  { resources }: Iam,
): Resource | undefined {
  if (service !== undefined) return findService({ project, region, id: service }, resources)
  if (folder !== undefined) return folder === resources.folder.id ? resources.folder : undefined
  if (organization === undefined) return findProject(project, resources)
  return organization === resources.organization.id ? resources.organization : undefined
}

/** Resource Manager doesn't say whether a project exists. */
function notFound({ project, region, service }: Parameters): Reply {
  if (service === undefined) {
    return googleError('PERMISSION_DENIED', 'The caller does not have permission')
  }
  const place = `in region '${shown(region)}' in project '${shown(project)}'`
  const message = `Resource '${shown(service)}' of kind 'SERVICE' ${place} does not exist.`
  return googleError('NOT_FOUND', message)
}

function shown(text = ''): string {
  return text.slice(0, 200).replace(/[^ -~]/g, '?')
}

const versions: ReadonlySet<unknown> = new Set([0, 1, 3])

async function readPolicy({ request, resource }: Allowed<Resource>, iam: Iam): Promise<Reply> {
  const version = await requestedVersion(request)
  if (!versions.has(version)) {
    return googleError('INVALID_ARGUMENT', 'The requested policy version must be 0, 1 or 3.')
  }
  return policyReply(resource, { version: Number(version), iam })
}

async function requestedVersion({ method, query, body }: RoutedRequest): Promise<unknown> {
  if (method !== 'POST') return Number(query.get('options.requestedPolicyVersion') ?? 0)
  const { options } = jsonObject(await body()) ?? {}
  const { requestedPolicyVersion } = (options ?? {}) as { requestedPolicyVersion?: unknown }
  return requestedPolicyVersion ?? 0
}

function policyReply(resource: Resource, { version, iam }: { version: number; iam: Iam }): Reply {
  const stored = iam.policyOf(resource)
  return json(200, toAllowPolicy(stored.entries(), { etag: stored.etag(), version }))
}

/** 1,500 members, the most that a policy can have, with long emails. */
const maxBytes = 512 * 1024

async function writePolicy({ request, resource }: Allowed<Resource>, iam: Iam): Promise<Reply> {
  const body = jsonObject(await request.body(maxBytes))
  if (!body) return googleError('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  const checked = checkPolicy(body.policy)
  if (checked.problem !== undefined) return googleError('INVALID_ARGUMENT', checked.problem)
  const stored = iam.policyOf(resource)
  if (checked.etag !== undefined && !isSameEtag(checked.etag, stored.etag())) {
    return googleError('ABORTED', concurrent)
  }
  const isConditional = stored.entries().some(({ condition }) => condition)
  if (isConditional && checked.etag !== undefined && checked.version !== 3) {
    return googleError('INVALID_ARGUMENT', 'The policy has conditions: specify version 3.')
  }
  iam.setPolicy(resource, checked.entries)
  return policyReply(resource, { version: 3, iam })
}

const concurrent =
  'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.'

/** The permissions of the asker; of those that the emulator doesn't check, the owner has all. */
async function testPermissions(
  { request, resource, asker }: Allowed<Resource>,
  iam: Iam,
): Promise<Reply> {
  const { permissions = [] } = jsonObject(await request.body()) ?? {}
  const asked = Array.isArray(permissions) ? permissions : []
  if (asked.length > 100 || !asked.every((one) => typeof one === 'string' && one.length <= 100)) {
    return googleError('INVALID_ARGUMENT', 'permissions must be a list of at most 100 names.')
  }
  const held = asked.filter((permission) => {
    if (asker === undefined) return true
    return isPermission(permission) && mayDo(asker, { permission, resource }, iam)
  })
  return json(200, held.length === 0 ? {} : { permissions: held })
}

function ancestryRoute(parts: IamParts): Omit<Route, 'endpoint'> {
  return {
    method: 'POST',
    path: new RegExp(`^${project}:getAncestry$`),
    handle: permitted(parts, projectDemand(parts), ({ resource }) => {
      const ancestor = lineage(resource).map(({ type, id }) => ({ resourceId: { type, id } }))
      return json(200, { ancestor })
    }),
  }
}

/** `gcloud projects describe` asks for it, and some commands before they change a policy. */
function projectRoute(parts: IamParts): Omit<Route, 'endpoint'> {
  return {
    method: 'GET',
    path: /^\/v1\/projects\/(?<project>[^/]+)$/,
    handle: permitted(parts, projectDemand(parts), ({ resource }) =>
      json(200, {
        projectNumber: resource.number,
        projectId: resource.id,
        lifecycleState: 'ACTIVE',
        name: resource.id,
        createTime: '2023-11-14T22:13:20Z',
        parent: { type: 'folder', id: resource.parent?.id },
      }),
    ),
  }
}

function projectDemand({ iam }: IamParts) {
  return (parameters: Parameters) => ({
    permission: 'resourcemanager.projects.get' as const,
    resource: findProject(parameters.project ?? '', iam.resources),
    missing: () => notFound(parameters),
  })
}
