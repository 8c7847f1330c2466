import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that Linux and macOS hand out: nothing else takes one before the test does. */
const firstPort = 20_000
const ports = 10_000

/** A port of this machine on which nothing listens. */
export async function freePort(): Promise<number> {
  const port = firstPort + Math.floor(Math.random() * ports)
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!isFree) return freePort()
  server.close()
  await once(server, 'close')
  return port
}
