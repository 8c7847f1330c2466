// The one place that reads the environment. An empty variable counts as unset.

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** This process's variables. */
export function processEnvironment(): Environment {
  return process.env
}

/**
 * `COUNTERSIGN_MODE`, checked.
 *
 * @throws {TypeError} for anything but the two modes
 */
export function modeFrom(env: Environment): 'enforce' | 'report-only' | undefined {
  const mode = env.COUNTERSIGN_MODE || undefined
  if (mode === undefined || mode === 'enforce' || mode === 'report-only') return mode
  throw new TypeError(
    `COUNTERSIGN_MODE is ${JSON.stringify(mode)}: write 'enforce' or 'report-only'`,
  )
}

/** Where the metadata server is said to be, in the order of Google's Node libraries. */
export function metadataHostFrom(env: Environment): string | undefined {
  return env.GCE_METADATA_IP || env.GCE_METADATA_HOST || undefined
}

/** Whether the environment says that there is a metadata server, so that nothing else is likely. */
export function saysMetadataServer(env: Environment): boolean {
  return metadataHostFrom(env) !== undefined || platformMarkers.some((name) => env[name])
}

const platformMarkers = [
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'FUNCTION_TARGET',
  'GAE_ENV',
]

/** The credentials file that somebody named. */
export function namedCredentialsFile(env: Environment): string | undefined {
  return env.GOOGLE_APPLICATION_CREDENTIALS || env.google_application_credentials || undefined
}

/** Where gcloud keeps Application Default Credentials; undefined where there is no home folder. */
export function gcloudCredentialsFile(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const folder = env.CLOUDSDK_CONFIG || gcloudFolder(env, platform)
  return folder && `${folder}/application_default_credentials.json`
}

function gcloudFolder(env: Environment, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return env.APPDATA && `${env.APPDATA}/gcloud`
  return env.HOME && `${env.HOME}/.config/gcloud`
}
