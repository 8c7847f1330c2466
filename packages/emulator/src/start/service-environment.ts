import { join } from 'node:path'
import { isLoopbackAddress } from '@countersign/shared/emulator-guard'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { projectOf } from '../google/accounts.ts'
import { namesThisMachine } from '../http/hosts.ts'
import type { Servers, ServiceServers } from './servers.ts'

/** Values that are the same for all services of an emulator. */
export interface Surroundings {
  /** The policy's environment; undefined if the file has none. */
  environment: string | undefined
  emptyFolder: string
}

/**
 * The environment in which a service, and each client library in it, finds the emulator.
 *
 * @param surroundings `emptyFolder` is a folder without gcloud's credentials
 */
export function serviceEnvironment(
  { service, metadata, appPort }: ServiceServers,
  servers: Servers,
  { environment, emptyFolder }: Surroundings,
): Record<string, string> {
  const { host, hostname } = new URL(metadata.url)
  return {
    // Node's client reads IP before HOST, Go's HOST, Python's HOST and ROOT: without a scheme all
    // of them understand it.
    GCE_METADATA_HOST: host,
    GCE_METADATA_IP: host,
    GCE_METADATA_ROOT: host,
    METADATA_SERVER_DETECTION: 'assume-present',
    GOOGLE_CLOUD_PROJECT: projectOf(service).id,
    // A laptop's own credentials come before the metadata server in every client library.
    GOOGLE_APPLICATION_CREDENTIALS: '',
    // gcloud overrides a key file's token_uri by a setting of its own.
    CLOUDSDK_AUTH_TOKEN_HOST: `${servers.api.url}/token`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${servers.api.url}/`,
    COUNTERSIGN_EMULATOR: servers.api.url,
    // A child process with NODE_ENV=production, or in a CI runner in Kubernetes, is to start too.
    COUNTERSIGN_EMULATOR_CONFIRM: servers.api.url,
    // On another machine this folder does not exist, and a container has no gcloud.
    ...(namesThisMachine(host) && { CLOUDSDK_CONFIG: emptyFolder }),
    // Our packages accept other addresses than loopback only if this variable lists them.
    ...(!isLoopbackAddress(hostname) && { COUNTERSIGN_EMULATOR_ALLOW_HOST: hostname }),
    COUNTERSIGN_SERVICE: service.name,
    COUNTERSIGN_SERVICE_URLS: JSON.stringify(frontDoorUrls(servers)),
    // A target that is written down by its URL in production leads to its front door too.
    COUNTERSIGN_FRONT_DOORS: JSON.stringify(frontDoorsByUrl(servers)),
    // The service loads the same policy, which needs the environment if the file has several.
    ...(environment !== undefined && { COUNTERSIGN_ENVIRONMENT: environment }),
    ...(service.audiences.length > 0 && { COUNTERSIGN_AUDIENCE: service.audiences.join(',') }),
    PORT: String(appPort),
  }
}

/**
 * The environment in which gcloud finds the emulator's Cloud Run and Resource Manager. gcloud puts
 * the region in front of an endpoint's host name, so the endpoints have Google's names, and the
 * emulator is its proxy for them. It sends no credentials.
 */
export function gcloudEnvironment(
  { api, services }: Pick<Servers, 'api' | 'services'>,
  { emptyFolder }: Pick<Surroundings, 'emptyFolder'>,
): Record<string, string> {
  const { host, hostname, port } = new URL(api.url)
  const [first] = services.values()
  const project = first && projectOf(first.service)
  return {
    // A folder of its own: if somebody logs in there, no service finds the credentials.
    ...(namesThisMachine(host) && { CLOUDSDK_CONFIG: join(emptyFolder, 'gcloud') }),
    // Of the shell: such a configuration is not in that folder.
    CLOUDSDK_ACTIVE_CONFIG_NAME: '',
    ...(project && { CLOUDSDK_CORE_PROJECT: project.id, CLOUDSDK_RUN_REGION: project.region }),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://run.googleapis.com/',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER:
      'http://cloudresourcemanager.googleapis.com/',
    CLOUDSDK_PROXY_TYPE: 'http_no_tunnel',
    CLOUDSDK_PROXY_ADDRESS: hostname.replace(/^\[|\]$/g, ''),
    CLOUDSDK_PROXY_PORT: port || '80',
  }
}

function frontDoorUrls({ services }: Servers): Record<string, string> {
  const urls: Record<string, string> = {}
  for (const [name, { frontDoor }] of services) {
    if (frontDoor) urls[name] = frontDoor.url
  }
  return urls
}

/** By each URL under which a service is called in production: its own, and custom audiences. */
function frontDoorsByUrl({ services }: Servers): Record<string, string> {
  const urls: Record<string, string> = {}
  for (const { service, frontDoor } of services.values()) {
    if (!frontDoor) continue
    for (const url of [service.url, ...service.audiences]) {
      if (url !== undefined && isHttpsUrl(url)) urls[url] ??= frontDoor.url
    }
  }
  return urls
}

function isHttpsUrl(text: string): boolean {
  return parsedUrl(text)?.protocol === 'https:'
}
