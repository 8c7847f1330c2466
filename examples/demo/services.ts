import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** An example service in a process of its own. */
export interface RunningService extends AsyncDisposable {
  /** The URL of the service's own port, which has no front door. */
  url: string
}

/** Each service warns that an emulator stands in for Google, which is what the demo is about. */
const quiet = { NODE_OPTIONS: '--disable-warning=COUNTERSIGN_EMULATOR' }

/** Starts an example as a laptop or a container would, and waits until it is ready. */
export async function startService(
  name: string,
  env: Record<string, string>,
): Promise<RunningService> {
  const server = fileURLToPath(new URL(`../${name}/server.ts`, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, server], {
    env: { ...process.env, ...quiet, COUNTERSIGN_ENVIRONMENT: 'prod', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${env.PORT}`
  await ready(name, url, child)
  return { url, [Symbol.asyncDispose]: () => stop(child) }
}

/** For a minute: on a busy machine the first start can take long. */
const attempts = 600

async function ready(name: string, url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < attempts && child.exitCode === null; attempt += 1) {
    const answer = await fetch(`${url}/ready`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  child.kill()
  throw new Error(`${name} did not start`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill()
  await once(child, 'exit')
}
