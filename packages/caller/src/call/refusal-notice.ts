import { createRateLimit } from '@countersign/shared/log'
import { abortAfter } from '@countersign/shared/realm/signals'
import { redactedPath } from '@countersign/shared/redact'
import type { Emulation } from '../targets/emulation.ts'

/** A refused call, as the emulator shows it on its page. */
export interface RefusalNotice {
  /** Empty if it is unknown. */
  method: string
  /** The target's name; undefined if it has none, or the URL is not a target. */
  target: string | undefined
  url: URL
  code: string
}

const timeoutMs = 1000

/**
 * Creates the function that reports a refusal to the emulator, which sees no call that was not sent. No call
 * waits for it, and its errors change nothing. It carries no token and no query. It has the log's limit: a
 * loop that calls what it must not call must not slow the emulator down, nor hide another call.
 */
export function createRefusalNotices(
  { url: emulator, service, serviceAt }: Emulation,
  now: () => number,
): (notice: RefusalNotice) => void {
  const endpoint = new URL('/emulator/v1/refusals', emulator)
  const limit = createRateLimit(now)

  return ({ method, url, target = serviceAt(url), code }) => {
    if (limit.admit(code, target ?? url.origin, countNothing) === undefined) return
    const path = redactedPath(url.pathname)
    post(endpoint, { service, method: method || '-', target, code, path })
  }
}

/** The emulator shows calls, not their number. */
function countNothing(): void {}

/** Over `node:http`: an instrumented or mocked `fetch`, or one with a proxy, must not see it. */
function post(endpoint: URL, notice: object): void {
  const { request } =
    endpoint.protocol === 'https:'
      ? process.getBuiltinModule('node:https')
      : process.getBuiltinModule('node:http')
  request(endpoint, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
    signal: abortAfter(timeoutMs),
  })
    .on('response', (response) => response.resume())
    .on('error', () => {})
    .end(JSON.stringify(notice))
}
