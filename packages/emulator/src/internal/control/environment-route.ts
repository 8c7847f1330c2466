import { isTypeError } from '@countersign/shared/errors'
import { json, type Route } from '../../http/route.ts'
import { sameSiteRead } from './cross-site.ts'

/**
 * `GET /emulator/v1/services/NAME/env`: what to put in that service's environment, for `countersign
 * env` and whatever else runs outside this process.
 *
 * @param env throws a TypeError for an unknown service
 */
export function environmentRoute(
  env: (service: string) => Readonly<Record<string, string>>,
): Route {
  return {
    method: 'GET',
    path: /^\/emulator\/v1\/services\/(?<service>[^/]+)\/env$/,
    endpoint: 'control',
    handle: sameSiteRead((_call, { service = '' }) => {
      try {
        return json(200, env(service))
      } catch (error) {
        if (isTypeError(error)) return json(404, { error: error.message })
        throw error
      }
    }),
  }
}
