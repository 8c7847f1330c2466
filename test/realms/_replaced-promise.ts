/**
 * A service and a caller in a process whose global `Promise` is another library's, as with zone.js in
 * a server of Angular's: `async` functions go on returning native promises, of which `instanceof
 * Promise` is false there. Its argument is the library, its last line what was answered.
 * Node's own `fetch` does not bear bluebird's, so that nothing here uses it.
 */
import { createServer, get, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReceiverOptions } from '@countersign/receiver'

const [, , library] = process.argv
if (library === 'zone.js') await import('zone.js/node' as string)
if (library === 'bluebird') {
  globalThis.Promise = (await import('bluebird' as string)).default
}

const { createServiceFetch } = await import('@countersign/caller')
const { verifyCaller: forExpress } = await import('@countersign/express')
const { verifyCaller: forKoa } = await import('@countersign/koa')
const { googleKeys } = await import('@countersign/receiver')
const { createTestIssuer } = await import('@countersign/testing')
const { default: express } = await import('express')
const { default: Koa } = await import('koa')

const email = 'login@acme.iam.gserviceaccount.com'
const audience = 'https://svc-123.us-central1.run.app'
const issuer = await createTestIssuer()

/** What a receiver is given beside who may call. */
type More = Pick<ReceiverOptions, 'keys' | 'audience'>

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1').unref()
  await new Promise<void>((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const options = { allow: [email], log: false } as const
const keysUp = () => googleKeys({ fetch: async () => Response.json(issuer.jwks()) })
const keysDown = googleKeys({
  fetch: async () => {
    throw new Error('no network')
  },
})

function expressApp(more: More): RequestListener {
  const app = express()
  app.use(forExpress({ ...options, ...more }))
  app.get('/', (req, res) => void res.send(`in as ${req.caller?.email}`))
  return app
}

function koaApp(more: More): RequestListener {
  const app = new Koa()
  app.silent = true
  app.use(forKoa({ ...options, ...more }))
  app.use((ctx) => {
    ctx.body = `in as ${ctx.state.caller?.email}`
  })
  return app.callback()
}

function ask(url: string, headers: Headers = new Headers()): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: Object.fromEntries(headers) }, async (answer) => {
      const body = (await answer.toArray()).join('')
      resolve(`${answer.statusCode} ${answer.headers['countersign-code'] ?? body}`)
    })
    request.on('error', reject)
  })
}

/** A signed call to either framework, and one without a token. */
async function answersOf(more: More): Promise<string[]> {
  const target = { url: await listen(expressApp(more)), audience }
  const koa = await listen(koaApp(more))
  const serviceFetch = createServiceFetch({
    targets: [target],
    latest: async () => ({ targets: [target] }),
    identity: { idToken: async (aud) => issuer.idToken({ email, audience: aud }) },
  })
  const signed = await serviceFetch.headers(target.url)
  return [await ask(target.url, signed), await ask(koa, signed), await ask(koa)]
}

const named = await answersOf({ audience, keys: keysUp() })
const outage = await answersOf({ audience, keys: keysDown })
process.env.K_SERVICE = 'svc'
process.env.GCE_METADATA_HOST = await listen((_request, response) => {
  response.setHeader('metadata-flavor', 'Google').end('projects/123/regions/us-central1')
})
const found = await answersOf({ keys: keysUp() })
await new Promise<void>((resolve) => void setTimeout(resolve, 100))
console.log(JSON.stringify({ named, outage, found }))
