import type { ServerResponse } from 'node:http'
import { type Seen, startServer, type TestServer } from './_server.ts'
import { shapeToken } from './_tokens.ts'

/** A metadata server on loopback: written from Google's page, not from our client. */
export interface FakeMetadataServer extends TestServer {
  /** Answers the next requests in other ways, one each, before it does as it should again. */
  misbehave(...answers: Misbehaviour[]): void
}

export type Misbehaviour = (response: ServerResponse, seen: Seen) => void

/** Starts one; `now` dates its tokens. */
export async function startMetadataServer(
  now: () => number = Date.now,
  port = 0,
): Promise<FakeMetadataServer> {
  const queue: Misbehaviour[] = []
  const server = await startServer((seen, _request, response) => {
    const respond = queue.shift() ?? behaviour(seen, now)
    respond(response, seen)
  }, port)
  return {
    ...server,
    misbehave(...answers) {
      queue.push(...answers)
    },
  }
}

/** An answer with a status, a body and the flavor. */
export function answer(status: number, body: string): Misbehaviour {
  return (response) => {
    response.writeHead(status, { 'metadata-flavor': 'Google', 'content-type': 'text/html' })
    response.end(body)
  }
}

function behaviour(seen: Seen, now: () => number): Misbehaviour {
  const url = new URL(seen.url, 'http://metadata')
  const account = '/computeMetadata/v1/instance/service-accounts/default'
  if (seen.headers['metadata-flavor'] !== 'Google') return answer(403, 'no flavor')
  if (url.pathname === `${account}/token`) {
    return answer(200, JSON.stringify({ access_token: 'ya29.metadata', expires_in: 3599 }))
  }
  const aud = url.searchParams.get('audience')
  if (url.pathname !== `${account}/identity` || !aud) return answer(404, 'not found')
  const iat = Math.floor(now() / 1000)
  // Section 'Obtaining the instance identity token': the email only in full.
  const email = url.searchParams.get('format') === 'full' && 'login@acme.iam.gserviceaccount.com'
  return answer(200, shapeToken({ aud, iat, exp: iat + 3600, ...(email && { email }) }))
}
