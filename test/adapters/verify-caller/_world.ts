import { request } from 'node:http'
import { createTestIssuer } from '@countersign/testing'
import type { HandlerAnswer, RunningApp, Verify } from '../adapter.ts'

export const audience = 'https://user-profiles-123.us-central1.run.app'
export const login = 'login@acme.iam.gserviceaccount.com'
export const stranger = 'mallory@evil.iam.gserviceaccount.com'
export const issuer = await createTestIssuer()

/** Options that let login in. */
export function options(more: Partial<Verify> = {}): Verify {
  return { allow: [login], audience, keys: issuer.keys, log: false, ...more }
}

/** Headers with a genuine token. */
export function headersOf(email: string): Promise<{ authorization: string }> {
  return issuer.headers({ email, audience })
}

/** Keys that come, or fail to come, after a while. */
export function lateKeys(afterMs: number, isDown = false): NonNullable<Verify['keys']> {
  const later = () => new Promise((resolve) => setTimeout(resolve, afterMs))
  return {
    ...issuer.keys,
    async key(kid) {
      await later()
      if (isDown) throw new Error('down')
      return issuer.keys.key(kid)
    },
  }
}

/** What the apps' handlers answered. */
export async function bodyOf(answer: Response): Promise<HandlerAnswer> {
  return (await answer.json()) as HandlerAnswer
}

/** The status of a call whose path is sent as it is. */
export async function statusOf(
  app: RunningApp,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const { status } = await send(app, Object.entries(headers).flat(), { method, path })
  return status
}

/** Sends headers and path exactly as they are: fetch would join, normalise or refuse them. */
export function send(
  app: RunningApp,
  rawHeaders: readonly string[],
  { method = 'GET', path = '/' }: { method?: string; path?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const { hostname, port, host } = new URL(app.url)
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    headers: Record<string, unknown>
    text: string
  }>()
  const headers = ['Host', host, ...rawHeaders]
  request({ hostname, port, method, path, headers }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
    )
  })
    .on('error', reject)
    .end()
  return promise
}
