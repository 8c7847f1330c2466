import type { Policy, Service } from '@countersign/policy'
import type { GrantResource } from '../events.ts'
import { projectOf } from '../google/accounts.ts'

/** A resource that has an allow policy, and inherits those of its ancestors. */
export interface Resource extends GrantResource {
  /** Its name in Google's APIs, such as `projects/acme/locations/us-central1/services/login`. */
  name: string
  parent: Resource | undefined
}

/** A service, and where it is in Google's APIs. */
export interface ServiceResource extends Resource {
  type: 'service'
  service: Service
  parent: ProjectResource
  region: string
}

/** A project, and the number that stands for it, too. */
export interface ProjectResource extends Resource {
  type: 'project'
  number: string
}

/** Every resource of an emulator. */
export interface Resources {
  /** By the service's name in the policy. */
  services: ReadonlyMap<string, ServiceResource>
  /** By id. */
  projects: ReadonlyMap<string, ProjectResource>
  /** The one folder, which holds every project. */
  folder: Resource
  /** The one organization. */
  organization: Resource
}

/** The id of the one organization, which is also its number. */
export const organizationId: string = '100000000001'

/**
 * The resources of a policy: its services, in their projects, in one folder of one organization. The
 * policy doesn't have the last two, so their numbers are made up.
 */
export function resourcesOf(policy: Policy): Resources {
  const organization = numbered('organization', organizationId, undefined)
  const folder = numbered('folder', '200000000001', organization)
  const projects = new Map<string, ProjectResource>()
  const services = new Map<string, ServiceResource>()
  for (const service of policy.services.values()) {
    const { id, number, region } = projectOf(service)
    const parent = projects.get(id) ?? projectResource(id, number, folder)
    projects.set(id, parent)
    services.set(service.name, serviceResource(service, parent, region))
  }
  return { services, projects, folder, organization }
}

function numbered(
  type: 'folder' | 'organization',
  id: string,
  parent: Resource | undefined,
): Resource {
  return { type, id, name: `${type}s/${id}`, parent }
}

function projectResource(id: string, number: string, parent: Resource): ProjectResource {
  return { type: 'project', id, number, name: `projects/${id}`, parent }
}

function serviceResource(
  service: Service,
  parent: ProjectResource,
  region: string,
): ServiceResource {
  const { name: id } = service
  const name = `${parent.name}/locations/${region}/services/${id}`
  return { type: 'service', id, name, parent, service, region }
}

/** A project by its id or its number. */
export function findProject(
  idOrNumber: string,
  { projects }: Resources,
): ProjectResource | undefined {
  return (
    projects.get(idOrNumber) ?? [...projects.values()].find(({ number }) => number === idOrNumber)
  )
}

/** A service by its place in Google's APIs. */
export function findService(
  { project, region, id }: { project: string; region: string | undefined; id: string },
  resources: Resources,
): ServiceResource | undefined {
  const found = resources.services.get(id)
  if (found?.parent !== findProject(project, resources)) return undefined
  return region === undefined || region === found?.region ? found : undefined
}

/** A resource and its ancestors, the nearest first. */
export function lineage(resource: Resource): readonly Resource[] {
  return resource.parent ? [resource, ...lineage(resource.parent)] : [resource]
}

/** A resource as conditions see it. The facts about `resource.name` differ: without `//host/`. */
export function inConditions({ type, name }: Resource): {
  name: string
  type: string
  service: string
} {
  const service = type === 'service' ? 'run.googleapis.com' : 'cloudresourcemanager.googleapis.com'
  const kind = type.charAt(0).toUpperCase() + type.slice(1)
  return { name, service, type: `${service}/${kind}` }
}
