import type { EmulatorState } from '../../emulator-state.ts'
import { json, type Route } from '../../http/route.ts'
import { sameSiteRead } from './cross-site.ts'

/**
 * `GET /emulator/v1/state`: what the emulator is made of.
 *
 * @param state as it is now
 */
export function stateRoute(state: () => EmulatorState): Route {
  return {
    method: 'GET',
    path: '/emulator/v1/state',
    endpoint: 'control',
    handle: sameSiteRead(() => json(200, state())),
  }
}
