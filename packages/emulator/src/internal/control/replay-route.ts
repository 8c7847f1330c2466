import { isTypeError } from '@countersign/shared/errors'
import type { Google } from '../../google/google.ts'
import { json, type Reply, type Route } from '../../http/route.ts'
import { type Replay, replayCall } from '../replay/replay.ts'
import type { FrontDoorAddress } from '../servers.ts'
import { sameSite } from './cross-site.ts'
import { byJsonBody } from './json-body.ts'

/**
 * `POST /emulator/v1/replay`: makes a call again, as whoever made it the first time.
 *
 * @param google who signs, and which calls there were
 * @param frontDoor where a service is called
 */
export function replayRoute(
  google: Google,
  frontDoor: (service: string) => FrontDoorAddress,
): Route {
  return {
    method: 'POST',
    path: '/emulator/v1/replay',
    endpoint: 'control',
    handle: sameSite((request) =>
      byJsonBody<{ call?: unknown }>(request, async ({ call: id }) => {
        if (typeof id !== 'number') throw new TypeError('call: write the id of a call event')
        const call = google.replays.find(id)
        if (!call)
          return json(404, { error: `There is no call ${id}, or it is not kept any more.` })
        return replayed(google, { call, of: id, url: frontDoor(call.receiver).localUrl })
      }),
    ),
  }
}

async function replayed(google: Google, replay: Replay): Promise<Reply> {
  try {
    return json(202, await replayCall(google, replay))
  } catch (error) {
    if (isTypeError(error)) throw error
    return json(504, { error: 'Nothing has answered. Is a drill on?' })
  }
}
