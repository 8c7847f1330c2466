import type { Drills } from '../../drills/drills.ts'
import type { DrillOptions } from '../../drills.ts'
import { json, type Reply, type Route } from '../../http/route.ts'
import { sameSite } from './cross-site.ts'
import { byJsonBody } from './json-body.ts'

const done: Reply = { status: 204, body: '' }

/**
 * `POST /emulator/v1/drills`, `DELETE /emulator/v1/drills/ID` and, for all of them,
 * `DELETE /emulator/v1/drills`.
 *
 * @param drills those of the emulator
 */
export function drillRoutes(drills: Drills): Route[] {
  return [
    {
      method: 'POST',
      path: '/emulator/v1/drills',
      endpoint: 'control',
      handle: sameSite((call) =>
        byJsonBody<DrillOptions>(call, async (options) => {
          const { id } = await drills.start(options)
          return json(201, { drill: id })
        }),
      ),
    },
    {
      method: 'DELETE',
      path: '/emulator/v1/drills',
      endpoint: 'control',
      handle: sameSite(() => {
        drills.stopAll()
        return done
      }),
    },
    {
      method: 'DELETE',
      path: /^\/emulator\/v1\/drills\/(?<id>\d{1,15})$/,
      endpoint: 'control',
      handle: sameSite((_call, { id }) =>
        drills.stop(Number(id)) ? done : json(404, { error: `There is no drill ${id}.` }),
      ),
    },
  ]
}
