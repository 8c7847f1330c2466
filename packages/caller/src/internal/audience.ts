import { isCloudFunctions, isRunApp } from './hosts.ts'

/**
 * The `aud` that a service expects, as its URL tells it: the origin. Google's two exceptions: a
 * revision tag is no part of a Cloud Run service's name, and a function on cloudfunctions.net answers
 * to its whole URL, since its origin is shared by all functions of the project.
 *
 * @param origin the target's origin
 * @param prefix the target's path prefix, without a slash at its end
 */
export function defaultAudience(origin: string, prefix: string): string {
  const { hostname } = new URL(origin)
  if (isCloudFunctions(hostname)) return origin + prefix
  if (isRunApp(hostname)) return origin.replace(revisionTag, '$1')
  return origin
}

/** `green---` in https://green---svc-123.us-central1.run.app. */
const revisionTag = /^(https?:\/\/)[a-z0-9-]+?---/
