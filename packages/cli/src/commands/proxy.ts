import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServiceFetch, impersonate, type ServiceFetch } from '@countersign/caller'
import { emulatorUrl, isLoopbackAddress } from '@countersign/shared/emulator-guard'
import { readEnvironment } from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import type { Command } from 'commander'
import { usageFailure } from '../command-line/failure.ts'
import { collect, examples, port } from '../command-line/options.ts'
import { createStopSignals, note, type OutputOptions, print } from '../command-line/terminal.ts'
import type { AnsweredRequest } from '../proxy/proxy-server.ts'

interface ProxyOptions extends OutputOptions {
  as: string
  audience?: string
  port: number
  allowOrigin?: readonly string[]
  insecureHttp?: boolean
}

/** Adds `countersign proxy`: serves a service on loopback, and calls it as a service account. */
export function addProxyCommand(program: Command): void {
  program
    .command('proxy')
    .summary('serve a service on localhost, called as a service account')
    .description(
      "Serves a service at 127.0.0.1 for browsers, Postman and scripts. Forwards each request with a fresh ID token of a service account. Your Application Default Credentials impersonate that account, for which they need roles/iam.serviceAccountOpenIdTokenCreator on it. Unlike with gcloud run services proxy, verifyCaller in the service sees a caller that it knows. The proxy refuses pages of other sites, and host names other than those of this machine. It does not refuse programs on this machine. Cookies are passed on in both directions, and a browser keeps the same cookies for all ports of localhost: cookies of other apps there are sent to the service too, unless you use a private window. Redirects to the service's own URL lead to the proxy, and the service's cookies are set for the proxy. Otherwise answers are passed on unchanged, as they arrive, also WebSockets, compressed bodies and URLs within a body.",
    )
    .argument('<url>', "the service's URL")
    .requiredOption('--as <account>', 'the email of the service account to call as')
    .option('--audience <audience>', 'the aud of the tokens (default: the origin of the URL)')
    .option('-p, --port <port>', 'port to listen on; 0 picks a free one', port, 8080)
    .option(
      '--allow-origin <origin>',
      'the origin of a page that may use the proxy; can be repeated',
      collect,
    )
    .option(
      '--insecure-http',
      'allow an http URL beyond this machine, where others can read the token',
    )
    .option('--json', 'print one JSON line per message')
    .addHelpText(
      'after',
      examples({
        'countersign proxy https://search-123.us-central1.run.app --as login-run@acme.iam.gserviceaccount.com':
          'then open http://127.0.0.1:8080/search?q=7',
      }),
    )
    .action(proxy)
}

async function proxy(text: string, options: ProxyOptions): Promise<void> {
  using signals = createStopSignals()
  const base = serviceUrl(text)
  const serviceFetch = serviceFetchFor(base, options)
  const allowedOrigins = (options.allowOrigin ?? []).map(checkedOrigin)
  // Wrong credentials are reported before anything is served.
  await serviceFetch.ready()
  const onRequest = requestWriter(options)
  const { createProxyServer } = await import('../proxy/proxy-server.ts')
  const aliases = options.audience === undefined ? [] : [options.audience]
  const server = createProxyServer({ base, aliases, serviceFetch, allowedOrigins, onRequest })
  const sockets = openSockets(server)
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  print(options, {
    data: { url: here, to: base, as: options.as },
    text: `${here} forwards to ${base}, as ${options.as}`,
  })
  await signals.stop
  server.close()
  for (const socket of sockets) socket.destroy()
}

/** Tracks open sockets: `server.closeAllConnections` doesn't close sockets upgraded to WebSockets. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function serviceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash
  if (isPlain && /^https?:$/.test(url.protocol)) return text.replace(/\/$/, '')
  throw usageFailure(
    `The URL must be a service's http or https URL, but is "${redact(text)}"`,
    'Write https://search-123.us-central1.run.app, without user, query and fragment.',
  )
}

function serviceFetchFor(
  url: string,
  { as, audience, insecureHttp = false }: ProxyOptions,
): ServiceFetch {
  if (!insecureHttp && isPlainHttpElsewhere(new URL(url))) {
    throw usageFailure(
      `Others on the network could read the token in a request to ${url}`,
      'Write an https URL, or --insecure-http inside a VPC or a mesh.',
    )
  }
  const target = { url, allowInsecureHttp: insecureHttp, ...(audience && { audience }) }
  const identity = impersonate({ serviceAccount: as })
  return createServiceFetch({ targets: [target], identity, mode: 'enforce', log: false })
}

/** The same rule as in `createServiceFetch`, whose error would name an option of code. */
function isPlainHttpElsewhere({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:' || hostname === 'localhost' || isLoopbackAddress(hostname)) return false
  return hostname !== emulatorUrl(readEnvironment())?.hostname
}

/** Without `--json` the requests go to standard error: the result is only the proxy's URL. */
function requestWriter(options: ProxyOptions): (answered: AnsweredRequest) => void {
  return (answered) => {
    const text = `${answered.status} ${answered.method} ${answered.path}`
    if (options.json) print(options, { data: answered, text })
    else note(text)
  }
}

function checkedOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw usageFailure(
    `--allow-origin must be an origin, but is "${redact(text)}"`,
    'Write --allow-origin http://localhost:5173.',
  )
}
