import { json, type Route } from '../../http/route.ts'
import type { Pushes } from '../../pushes/pushes.ts'
import type { PushOptions } from '../../pushes.ts'
import { sameSite } from './cross-site.ts'
import { byJsonBody } from './json-body.ts'

/**
 * `POST /emulator/v1/push`: begins a delivery and doesn't wait for its end.
 *
 * @param pushes those of the emulator
 */
export function pushRoute(pushes: Pick<Pushes, 'start'>): Route {
  return {
    method: 'POST',
    path: '/emulator/v1/push',
    endpoint: 'control',
    handle: sameSite((call) =>
      byJsonBody<PushOptions & { push?: unknown }>(call, async ({ push, ...options }) => {
        if (typeof push !== 'string') throw new TypeError('push: write a name from the policy')
        return json(202, { delivery: pushes.start(push, options).delivery })
      }),
    ),
  }
}
