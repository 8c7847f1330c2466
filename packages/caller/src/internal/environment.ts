import type { Environment } from '@countersign/shared/environment'

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
