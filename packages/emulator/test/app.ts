import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from '../src/http/listen.ts'

/** What reached the app. */
export interface Received {
  method: string
  url: string
  headers: NodeJS.Dict<string | string[]>
  rawHeaders: string[]
  body: string
}

export interface App extends AsyncDisposable {
  url: string
  received: Received[]
}

/** An app behind a front door, that notes what it gets. */
export async function startApp(
  answer: RequestListener = (_, res) => res.end('hello'),
): Promise<App> {
  const received: Received[] = []
  const server = createServer(async (req, res) => {
    const { method = '', url = '', headers, rawHeaders } = req
    received.push({ method, url, headers, rawHeaders, body: await text(req) })
    answer(req, res)
  })
  const { url, close } = await listen(server)
  return { url, received, [Symbol.asyncDispose]: close }
}
