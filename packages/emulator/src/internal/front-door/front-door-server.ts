import type { Server } from 'node:http'
import { createPassingServer, type Exchange } from '@countersign/shared/exchange/passing-server'
import { reportOwnFault } from '../../http/own-fault.ts'

/**
 * A server for a front door.
 *
 * @param handle answers a call; if it rejects, the connection ends
 */
export function createFrontDoorServer(handle: (call: Exchange) => Promise<void>): Server {
  return createPassingServer((call) => {
    handle(call).catch((error) => {
      const { request, response } = call
      if (!response.destroyed) reportOwnFault(`hand on ${request.method} ${pathOf(request)}`, error)
      response.destroy()
    })
  })
}

function pathOf({ url = '' }: Exchange['request']): string {
  return url.split('?', 1).join()
}
