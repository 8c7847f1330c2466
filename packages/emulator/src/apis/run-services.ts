import type { Service } from '@countersign/policy'
import type { ServiceAccess } from '../events.ts'
import { jsonObject } from '../http/body.ts'
import { json, type Parameters, type Reply, type Route } from '../http/route.ts'
import type { Iam } from '../iam/iam.ts'
import { findProject, findService, type ServiceResource } from '../iam/resources.ts'
import type { Permission } from '../iam/roles.ts'
import { isIngress } from '../iam/settings.ts'
import { type Allowed, type IamParts, mayDo, permitted } from './asker.ts'
import { googleError } from './errors.ts'

/**
 * Services in Cloud Run's API, v1 (Knative) and v2, as far as `gcloud run services describe`, `list`
 * and `update` need it. Of an update, the invoker check, ingress and IAP count, and nothing else.
 *
 * @see https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services
 * @see https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
export function runServiceRoutes(parts: IamParts): Omit<Route, 'endpoint'>[] {
  const { iam } = parts
  const knative = [
    /^\/apis\/serving\.knative\.dev\/v1\/namespaces\/(?<project>[^/]+)\/services\/(?<service>[^/:]+)$/,
    /^\/v1\/projects\/(?<project>[^/]+)\/locations\/(?<region>[^/]+)\/services\/(?<service>[^/:]+)$/,
  ]
  const lists = [
    /^\/apis\/serving\.knative\.dev\/v1\/namespaces\/(?<project>[^/]+)\/services$/,
    /^\/v1\/projects\/(?<project>[^/]+)\/locations\/(?<region>[^/]+)\/services$/,
  ]
  const current =
    /^\/v2\/projects\/(?<project>[^/]+)\/locations\/(?<region>[^/]+)\/services\/(?<service>[^/:]+)$/
  const get = serviceDemand('run.services.get', iam)
  const update = serviceDemand('run.services.update', iam)
  return [
    ...knative.flatMap((path) => [
      {
        method: 'GET' as const,
        path,
        handle: permitted(parts, get, ({ resource }) => json(200, knativeService(resource, parts))),
      },
      {
        method: 'PUT' as const,
        path,
        handle: permitted(parts, update, (allowed) => replaceService(allowed, parts)),
      },
    ]),
    ...lists.map((path) => ({ method: 'GET' as const, path, handle: listHandler(parts) })),
    {
      method: 'GET',
      path: current,
      handle: permitted(parts, get, ({ resource }) => json(200, currentService(resource, parts))),
    },
  ]
}

function serviceDemand(permission: Permission, { resources }: Iam) {
  return ({ project = '', region, service = '' }: Parameters) => ({
    permission,
    resource: findService({ project, region, id: service }, resources),
    missing: () =>
      googleError('NOT_FOUND', `Resource '${shown(service)}' of kind 'SERVICE' does not exist.`),
  })
}

function shown(text: string): string {
  return text.slice(0, 200).replace(/[^ -~]/g, '?')
}

function listHandler(parts: IamParts): Route['handle'] {
  const { resources } = parts.iam
  function demand({ project = '' }: Parameters) {
    const resource = findProject(project, resources)
    const missing = () => googleError('PERMISSION_DENIED', 'The caller does not have permission')
    return { permission: 'run.services.list' as const, resource, missing }
  }
  return (request, parameters) => {
    const { region = '-' } = parameters
    const handle = permitted(parts, demand, ({ resource: project }) => {
      const own = [...resources.services.values()].filter(({ parent }) => parent === project)
      const listed = own.filter((one) => region === '-' || one.region === region)
      return json(200, {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'ServiceList',
        items: listed.map((one) => knativeService(one, parts)),
      })
    })
    return handle(request, parameters)
  }
}

const created = '2023-11-14T22:13:20Z'

/** The service as `gcloud run services describe --format=json` prints it. Switches are texts. */
function knativeService(resource: ServiceResource, { google, iam }: IamParts): object {
  const { region, parent, id } = resource
  const service = serviceNow(resource, google)
  const revision = `${id}-00001-emu`
  const traffic = { revisionName: revision, percent: 100, latestRevision: true }
  const conditions = ['Ready', 'ConfigurationsReady', 'RoutesReady'].map((type) => {
    return { type, status: 'True', lastTransitionTime: created }
  })
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: id,
      namespace: parent.number,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${parent.number}/services/${id}`,
      uid: `emulator-${id}`,
      resourceVersion: 'AAAAAAAAAAE',
      generation: 1,
      creationTimestamp: created,
      labels: { 'cloud.googleapis.com/location': region },
      annotations: annotationsOf(service, iam.accessOf(id)),
    },
    spec: {
      template: {
        metadata: { name: revision },
        spec: {
          serviceAccountName: service.serviceAccount,
          containers: [{ image: `emulator/${id}` }],
        },
      },
      traffic: [{ percent: 100, latestRevision: true }],
    },
    status: {
      observedGeneration: 1,
      conditions,
      latestReadyRevisionName: revision,
      latestCreatedRevisionName: revision,
      traffic: [traffic],
      ...(service.url !== undefined && { url: service.url, address: { url: service.url } }),
    },
  }
}

/** A newer policy can have changed its audiences. */
function serviceNow({ id, service }: ServiceResource, { policy }: IamParts['google']): Service {
  return policy.services.get(id) ?? service
}

const prefix = 'run.googleapis.com/'

function annotationsOf(
  { url, audiences }: Service,
  { invokerCheck, ingress, iap }: ServiceAccess,
): Record<string, string> {
  const custom = audiences.filter((audience) => audience !== url)
  return {
    ...(custom.length > 0 && { [`${prefix}custom-audiences`]: JSON.stringify(custom) }),
    ...(iap && { [`${prefix}iap-enabled`]: 'true' }),
    [`${prefix}ingress`]: ingress,
    [`${prefix}ingress-status`]: ingress,
    ...(!invokerCheck && { [`${prefix}invoker-iam-disabled`]: 'true' }),
    ...(url !== undefined && { [`${prefix}urls`]: JSON.stringify([url]) }),
  }
}

/** `gcloud run services update` writes the whole service back. */
async function replaceService(
  { request, resource, asker }: Allowed<ServiceResource>,
  parts: IamParts,
): Promise<Reply> {
  const { iam } = parts
  const body = jsonObject(await request.body())
  const { name, annotations = {} } = (body?.metadata ?? {}) as Readonly<Record<string, unknown>>
  if (name !== resource.id) {
    return googleError('INVALID_ARGUMENT', 'metadata.name must be the name of the service.')
  }
  const access = accessIn(annotations as Readonly<Record<string, unknown>>)
  if (!access) return googleError('INVALID_ARGUMENT', 'The ingress setting is unknown.')
  const permission = 'run.services.setIamPolicy'
  const isOpening = !access.invokerCheck && iam.accessOf(resource.id).invokerCheck
  if (isOpening && !mayDo(asker, { permission, resource }, iam)) {
    const message = `Permission '${permission}' denied on resource '${resource.name}' (or it may not exist).`
    return googleError('PERMISSION_DENIED', message)
  }
  iam.setAccess(resource.id, access)
  return json(200, knativeService(resource, parts))
}

function accessIn(annotations: Readonly<Record<string, unknown>>): ServiceAccess | undefined {
  const ingress = annotations[`${prefix}ingress`] ?? 'all'
  if (!isIngress(ingress)) return undefined
  return {
    invokerCheck: !isTrue(annotations[`${prefix}invoker-iam-disabled`]),
    ingress,
    iap: isTrue(annotations[`${prefix}iap-enabled`]),
  }
}

/** gcloud writes `True`, and reads `true`. */
function isTrue(annotation: unknown): boolean {
  return typeof annotation === 'string' && annotation.toLowerCase() === 'true'
}

const ingressNames: Readonly<Record<ServiceAccess['ingress'], string>> = {
  all: 'INGRESS_TRAFFIC_ALL',
  internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  'internal-and-cloud-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
}

/** The service in Cloud Run's API v2. */
function currentService(resource: ServiceResource, { google, iam }: IamParts): object {
  const { name, id } = resource
  const { url, audiences, serviceAccount } = serviceNow(resource, google)
  const { invokerCheck, ingress, iap } = iam.accessOf(id)
  const custom = audiences.filter((audience) => audience !== url)
  return {
    name,
    uid: `emulator-${id}`,
    generation: '1',
    createTime: created,
    updateTime: created,
    ingress: ingressNames[ingress],
    ...(!invokerCheck && { invokerIamDisabled: true }),
    ...(iap && { iapEnabled: true }),
    ...(custom.length > 0 && { customAudiences: custom }),
    template: { serviceAccount, containers: [{ image: `emulator/${id}` }] },
    traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
    ...(url !== undefined && { uri: url, urls: [url] }),
    observedGeneration: '1',
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED', lastTransitionTime: created },
    etag: '"emulator"',
  }
}
