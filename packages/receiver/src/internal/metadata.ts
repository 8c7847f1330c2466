import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Environment, metadataHostFrom } from '@countersign/shared/environment'

/** Where the metadata server is, and for how long its answer is waited for. */
export interface MetadataQuestion {
  env: Environment
  signal: AbortSignal
}

/**
 * Reads one value of the metadata server. Over `node:http`, since `fetch` may be told to use a
 * proxy, which would then name this service.
 *
 * @see https://cloud.google.com/run/docs/container-contract#metadata-server
 */
export async function metadata(path: string, { env, signal }: MetadataQuestion): Promise<string> {
  const url = `http://${hostOf(env)}/computeMetadata/v1/${path}`
  const response = await request(url, signal)
  const body = await text(response)
  if (response.statusCode !== 200 || response.headers['metadata-flavor'] !== 'Google') {
    throw new Error(`the metadata server answered ${path} with ${response.statusCode}`)
  }
  return body
}

/** Google's variables may hold a scheme. */
function hostOf(env: Environment): string {
  const host = metadataHostFrom(env) ?? '169.254.169.254'
  return host.replace(/^http:\/\//, '').replace(/\/$/, '')
}

function request(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const options = { headers: { 'metadata-flavor': 'Google' }, agent: false, signal }
  return new Promise((resolve, reject) => {
    get(url, options, resolve).on('error', reject)
  })
}
