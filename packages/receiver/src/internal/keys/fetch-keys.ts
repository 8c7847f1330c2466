import { freshForMs } from './cache-control.ts'

/** A key endpoint's answer, not yet imported. */
export interface FetchedKeys {
  jwks: unknown
  freshForMs: number
}

/** What is needed to ask a key endpoint. */
export interface KeyEndpoint {
  url: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Google's set has 2 to 4 KB. */
const maxBytes = 256 * 1024

/** Asks for the keys. Redirects are refused: whoever sends one would choose the keys. */
export async function fetchKeys(endpoint: KeyEndpoint, signal: AbortSignal): Promise<FetchedKeys> {
  const response = await endpoint.fetch(endpoint.url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the key endpoint answered ${response.status}`)
  }
  const jwks = parsed(await boundedText(response))
  return { jwks, freshForMs: freshForMs(response.headers) }
}

/** The parser's own error would quote the answer. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error("the key endpoint's answer is not JSON")
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`the key endpoint's answer is over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
