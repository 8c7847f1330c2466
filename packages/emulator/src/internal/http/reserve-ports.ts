import { createServer } from 'node:http'
import { listen } from './listen.ts'

/** Ports that were free a moment ago, and stay taken until released. */
export interface ReservedPorts {
  readonly ports: readonly number[]
  release(): Promise<void>
}

/**
 * Finds free ports for apps that will listen later. They are held all at once, so that they differ
 * from one another and from the servers that start meanwhile.
 *
 * @param count how many
 */
export async function reservePorts(count: number): Promise<ReservedPorts> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(createServer())))
  return {
    ports: held.map(({ port }) => port),
    release: async () => {
      await Promise.all(held.map((server) => server.close()))
    },
  }
}
