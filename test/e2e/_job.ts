/**
 * A job: calls `JOB_TARGET` (a target as JSON) `JOB_CALLS` times, tells on its last line what it
 * saw, and ends by itself. With `JOB_CLIENT=google-auth-library` the tokens come from that.
 */
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})

/** What a job tells of itself. */
export interface JobReport {
  /** Status and body of each call, or why there was none. */
  answers: string[]
  /** Every module that it loaded, by URL. */
  loaded: string[]
  /** Whether it could have started a program. */
  hasChildProcess: boolean
  /** What would keep the process alive. */
  resources: string[]
  /** When it was done. */
  doneAt: number
}

const { url, audience } = JSON.parse(process.env.JOB_TARGET ?? '{}')

async function call(fetch: typeof globalThis.fetch, init?: RequestInit): Promise<string> {
  try {
    const answer = await fetch(`${url}/profiles/7`, init)
    return `${answer.status} ${await answer.text()}`
  } catch (error) {
    const { message, cause } = error as Error
    return `${message}: ${(cause as { code?: string })?.code}`
  }
}

async function callWithGoogles(): Promise<string> {
  const { GoogleAuth } = await import('google-auth-library')
  const client = await new GoogleAuth().getIdTokenClient(audience)
  return call(fetch, { headers: await client.getRequestHeaders() })
}

async function callWithOurs(): Promise<string[]> {
  const { createServiceFetch } = await import('@countersign/caller')
  const serviceFetch = createServiceFetch({ targets: [{ url, audience }] })
  const calls = Array.from({ length: Number(process.env.JOB_CALLS ?? 1) })
  return Promise.all(calls.map(() => call(serviceFetch)))
}

const answers =
  process.env.JOB_CLIENT === 'google-auth-library'
    ? [await callWithGoogles()]
    : await callWithOurs()

const report: JobReport = {
  answers,
  loaded,
  hasChildProcess: moduleLoadList().includes('NativeModule child_process'),
  resources: process.getActiveResourcesInfo(),
  doneAt: Date.now(),
}
process.stdout.write(`${JSON.stringify(report)}\n`)

/** Node's own modules that are loaded: not among the types, though in every version. */
function moduleLoadList(): string[] {
  return (process as unknown as { moduleLoadList: string[] }).moduleLoadList
}
