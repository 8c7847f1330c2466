import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A service that was started, and the port where its callers expect it. */
export interface ExpectedListener {
  name: string
  port: number
}

interface WatchOptions {
  /** Called with a line for each service that does not listen, and once it does. */
  onNews: (news: string) => void
  /** Ends the watch. */
  signal: AbortSignal
  /** Milliseconds until a service must listen. @default 5000 */
  patienceMs?: number
}

const everyMs = 1_000

/** Reports each service that does not listen on its port some seconds after its start. */
export async function watchListeners(
  services: readonly ExpectedListener[],
  options: WatchOptions,
): Promise<void> {
  await Promise.all(services.map((service) => watchListener(service, options)))
}

async function watchListener(
  { name, port }: ExpectedListener,
  { onNews, signal, patienceMs = 5_000 }: WatchOptions,
): Promise<void> {
  if (!(await isOver(patienceMs, signal)) || (await isListening(port)) || signal.aborted) return
  onNews(`nobody listens on PORT ${port} for ${name}: does ${name} read PORT?`)
  while (await isOver(Math.min(everyMs, patienceMs), signal)) {
    if (!(await isListening(port))) continue
    onNews(`${name} listens on PORT ${port} now`)
    return
  }
}

/** Waits; `false` if the signal was aborted first. */
function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false)
}

/** Apps listen on either address of `localhost`. */
async function isListening(port: number): Promise<boolean> {
  const found = await Promise.all(['127.0.0.1', '::1'].map((host) => accepts(host, port)))
  return found.includes(true)
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
