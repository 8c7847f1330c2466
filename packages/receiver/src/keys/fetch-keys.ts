/** The answer of a key endpoint, not yet imported. */
export interface FetchedKeys {
  jwks: unknown
  freshForMs: number
}

export interface KeyEndpoint {
  url: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Google's set has 2 to 4 KB. */
const maxBytes = 256 * 1024

/** Fetches the keys. Redirects are refused: the sender of a redirect would choose the keys. */
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

/** Parses the answer. The parser's own error would quote the answer. */
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

/** With a shorter time a fleet would fetch all the time; with a longer one a revoked key would be trusted. */
const floorMs = 5 * 60_000
const ceilingMs = 24 * 3_600_000

/**
 * The time for which an answer stays fresh, in milliseconds: `max-age` less `Age` (RFC 9111 section 4.2),
 * between five minutes and a day. Google's answers can be hours old when they come out of a cache.
 */
export function freshForMs(headers: Headers): number {
  const maxAge = Number(maxAgeOf(headers.get('cache-control') ?? ''))
  const age = Number(headers.get('age') ?? 0)
  const fresh = (maxAge - (Number.isFinite(age) ? Math.max(age, 0) : 0)) * 1000
  return Number.isFinite(fresh) ? Math.min(Math.max(fresh, floorMs), ceilingMs) : floorMs
}

function maxAgeOf(cacheControl: string): string | undefined {
  const directives = cacheControl.split(',').map((directive) => directive.trim().toLowerCase())
  const maxAge = directives.find((directive) => directive.startsWith('max-age='))
  return maxAge?.slice('max-age='.length).replaceAll('"', '')
}
