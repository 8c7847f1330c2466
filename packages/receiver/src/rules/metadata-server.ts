import type { IncomingMessage } from 'node:http'
import { type Environment, metadataHostFrom, metadataOrigin } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'

/** The environment names the metadata server; the signal ends the wait for its answer. */
export interface MetadataQuestion {
  env: Environment
  signal: AbortSignal
}

/**
 * Reads one value from the metadata server. Over `node:http`: `fetch` can be configured to use a proxy,
 * and then the proxy's answer would decide this service's name.
 *
 * @see https://cloud.google.com/run/docs/container-contract#metadata-server
 */
export async function metadata(path: string, { env, signal }: MetadataQuestion): Promise<string> {
  const url = new URL(`/computeMetadata/v1/${path}`, metadataOrigin(metadataHostFrom(env)))
  const response = await request(url, signal)
  const body = await boundedText(response)
  if (response.statusCode !== 200 || response.headers['metadata-flavor'] !== 'Google') {
    throw new Error(`the metadata server answered ${path} with ${response.statusCode}`)
  }
  // Another server can answer at that address, with any text. The value has to be a name, since it is logged.
  if (!/^[\w./:-]{1,200}$/.test(body) || redact(body) !== body) {
    throw new Error(`the metadata server answered ${path} with a text that is not a name`)
  }
  return body
}

const maxCharacters = 1_000

async function boundedText(response: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk
    // `break` closes the connection.
    if (body.length > maxCharacters) break
  }
  return body
}

function request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const options = { headers: { 'metadata-flavor': 'Google' }, agent: false, signal }
  // An `import` would load undici, too.
  const { get } = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    get(url, options, resolve).on('error', reject)
  })
}
