import type { ServerResponse } from 'node:http'
import type { TestIssuer } from '@countersign/testing'
import { email } from './_names.ts'
import { listening } from './_service.ts'

/** A metadata server that does what a drill says. */
export interface MetadataServer {
  /** For `GCE_METADATA_HOST`. */
  host: string
  /** How often it was asked for an ID token. */
  asked: number
  /** What it answers from now on, told the audience. */
  answer: MetadataAnswer
}

/** One answer of a metadata server. */
export type MetadataAnswer = (response: ServerResponse, audience: string) => unknown

/** Starts one that answers as it is told. */
export async function startMetadataServer(answer: MetadataAnswer): Promise<MetadataServer> {
  const url = await listening((request, response) => {
    metadata.asked += 1
    const { searchParams } = new URL(request.url ?? '', 'http://metadata')
    metadata.answer(response, searchParams.get('audience') ?? '')
  })
  const metadata: MetadataServer = { host: new URL(url).host, asked: 0, answer }
  return metadata
}

/** How tokens are handed out. */
export interface Handing {
  now: () => number
  /** Who signs the next one. */
  issuer: () => TestIssuer
  /** How long before its end a token is replaced: Google's says five minutes, some GKE one. */
  replacedMs?: number
}

/** Hands out the same token until it is nearly spent, as Google's does. */
export function handTokens({ now, issuer, replacedMs = 300_000 }: Handing): MetadataAnswer {
  let token: Promise<string> | undefined
  let replaceAt = 0
  return async (response, audience) => {
    if (!token || now() >= replaceAt) {
      token = issuer().idToken({ email, audience })
      replaceAt = now() + 3_600_000 - replacedMs
    }
    answerMetadata(200, await token)(response, audience)
  }
}

/** Answers with a status and a text. */
export function answerMetadata(status: number, text = ''): MetadataAnswer {
  return (response) => {
    const headers = { 'metadata-flavor': 'Google', 'content-type': 'text/html' }
    response.writeHead(status, headers).end(text)
  }
}
