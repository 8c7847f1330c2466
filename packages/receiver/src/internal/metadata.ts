import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Environment, metadataHostOf } from './environment.ts'

const timeoutMs = 3000

/**
 * Reads one value of the metadata server. Over `node:http`, since `fetch` may be told to use a
 * proxy, which would then name this service.
 *
 * @see https://cloud.google.com/run/docs/container-contract#metadata-server
 */
export async function metadata(path: string, env: Environment): Promise<string> {
  const response = await request(`http://${metadataHostOf(env)}/computeMetadata/v1/${path}`)
  const body = await text(response)
  if (response.statusCode !== 200 || response.headers['metadata-flavor'] !== 'Google') {
    throw new Error(`the metadata server answered ${path} with ${response.statusCode}`)
  }
  return body
}

function request(url: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options = {
    headers: { 'metadata-flavor': 'Google' },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  }
  get(url, options, resolve).on('error', reject)
  return promise
}
