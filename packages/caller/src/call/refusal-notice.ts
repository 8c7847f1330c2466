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

/** At most so many a second: a loop that calls what it must not call must not slow the emulator down. */
const perSecond = 10

const timeoutMs = 1000

/**
 * Creates the function that reports a refusal to the emulator, which sees no call that was not sent. No call
 * waits for it, and its errors change nothing. It carries no token and no query.
 */
export function createRefusalNotices(
  { url: emulator, service, serviceAt }: Emulation,
  now: () => number,
): (notice: RefusalNotice) => void {
  const endpoint = new URL('/emulator/v1/refusals', emulator)
  let second = 0
  let sent = 0

  function isAdmitted(): boolean {
    const current = Math.floor(now() / 1000)
    if (current !== second) sent = 0
    second = current
    sent += 1
    return sent <= perSecond
  }

  return ({ method, target, url, code }) => {
    if (!isAdmitted()) return
    post(endpoint, {
      service,
      method: method || '-',
      target: target ?? serviceAt(url),
      code,
      path: redactedPath(url.pathname),
    })
  }
}

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
    signal: AbortSignal.timeout(timeoutMs),
  })
    .on('response', (response) => response.resume())
    .on('error', () => {})
    .end(JSON.stringify(notice))
}
