import { redact, redactedUrl } from '@countersign/shared/redact'
import type { Answer } from '../causes/evidence.ts'

/** The answer to a probe, or why there is none. */
export type Probed =
  | { answer: Answer; problem?: undefined }
  | { answer?: undefined; problem: string }

/** Refusals are short pages. */
const maxBodyBytes = 16 * 1024
const timeoutMs = 15_000

/** Sends one GET without following redirects, and reads the beginning of the answer. */
export async function probe(url: string, headers: Headers | undefined): Promise<Probed> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: [['accept', 'text/html, application/json, */*'], ...(headers ?? [])] as [
        string,
        string,
      ][],
    })
    return { answer: await answerOf(response) }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response
  const code = headers.get('countersign-code') ?? ''
  const location = headers.get('location') ?? ''
  const date = Date.parse(headers.get('date') ?? '')
  const body = textOf(await beginning(response))
  return {
    status,
    ...text('contentType', headers.get('content-type')),
    ...text('challenge', headers.get('www-authenticate')),
    ...(/^[a-z_]{1,40}$/.test(code) && { code }),
    ...(URL.canParse(location) && { location: redactedUrl(new URL(location)) }),
    ...(isIap(response, body) && { isIap: true }),
    ...(!Number.isNaN(date) && { date }),
    ...(body !== '' && { text: body }),
  }
}

function isIap({ status, headers }: Response, body: string): boolean {
  if (headers.has('x-goog-iap-generated-response') || body.startsWith('Invalid IAP credentials')) {
    return true
  }
  const isToSignIn = /^https:\/\/accounts\.google\.com\//.test(headers.get('location') ?? '')
  return status === 302 && isToSignIn
}

async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < maxBodyBytes) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  await reader.cancel().catch(() => undefined)
  return Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8')
}

/** The words of a page, without its tags. */
function textOf(body: string): string {
  const words = body.replace(/<style[\s\S]*?<\/style>|<[^<>]{0,500}>/gi, ' ').replace(/\s+/g, ' ')
  return redact(words.trim(), 600)
}

function text<K extends string>(name: K, value: string | null): { [key in K]?: string } {
  return value === null ? {} : ({ [name]: redact(value) } as { [key in K]: string })
}

function problemOf(error: unknown): string {
  const { message, cause, name } = error as Error
  if (name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`
  return redact(
    cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : message,
    200,
  )
}
