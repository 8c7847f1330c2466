import { connect } from 'node:net'
import { Agent } from 'undici'
import { afterAll } from 'vitest'

/**
 * A dispatcher for which every host and port is on this machine: so that names, and hosts that share
 * a port, can be called for real.
 *
 * @param portOf the port where whatever is called listens, told its host and port
 */
export function routingAgent(portOf: (hostname: string, port: string) => number): Agent {
  const agent = new Agent({
    connect: ({ hostname, port }, callback) => {
      const socket = connect(portOf(hostname, port || '80'), '127.0.0.1')
      socket.once('connect', () => callback(null, socket))
      socket.once('error', (error) => callback(error, null))
    },
  })
  afterAll(() => agent.destroy())
  return agent
}
