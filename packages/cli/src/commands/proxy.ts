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

/** `countersign proxy`: a service on loopback, called as a service account. */
export function addProxyCommand(program: Command): void {
  program
    .command('proxy')
    .summary('a service on localhost, called as a service account')
    .description(
      "Serves a service at 127.0.0.1 for browsers, Postman and scripts: each request is sent on with a fresh ID token of a service account, which your Application Default Credentials impersonate (roles/iam.serviceAccountOpenIdTokenCreator on it). Unlike with gcloud run services proxy, verifyCaller in the service sees a caller that it knows. Pages of other sites and names other than this machine's are refused; whatever runs on this machine is not. Cookies travel both ways, and a browser keeps one jar for all ports of localhost: what other apps there have set goes to the service too, unless you use a private window. What the service answers comes as it came: heads at once, bodies as they are encoded, WebSockets too. Redirects to the service's own URL lead to the proxy, and its cookies are the proxy's; URLs within a body stay as they are.",
    )
    .argument('<url>', "the service's URL")
    .requiredOption('--as <account>', 'the email of the service account to call as')
    .option('--audience <audience>', "the aud of the tokens (default: the URL's origin)")
    .option('-p, --port <port>', 'to listen on; 0 for any free one', port, 8080)
    .option('--allow-origin <origin>', 'a page that may use it; may be given again', collect)
    .option('--insecure-http', 'lets the URL be http beyond this machine: the token can be read')
    .option('--json', 'one line of JSON for each thing said')
    .addHelpText(
      'after',
      examples({
        'countersign proxy https://search-123.us-central1.run.app --as login-run@acme.iam.gserviceaccount.com':
          'then http://127.0.0.1:8080/search?q=7',
      }),
    )
    .action(proxy)
}

async function proxy(text: string, options: ProxyOptions): Promise<void> {
  using signals = createStopSignals()
  const base = serviceUrl(text)
  const serviceFetch = serviceFetchFor(base, options)
  const allowedOrigins = (options.allowOrigin ?? []).map(checkedOrigin)
  // Credentials that won't do are told before anything is served.
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
    text: `${here} is ${base}, as ${options.as}`,
  })
  await signals.stop
  server.close()
  for (const socket of sockets) socket.destroy()
}

/** `server.closeAllConnections` knows nothing of sockets that were upgraded to WebSockets. */
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
    `"${redact(text)}" is no URL of a service`,
    'Write it as https://search-123.us-central1.run.app',
  )
}

function serviceFetchFor(
  url: string,
  { as, audience, insecureHttp = false }: ProxyOptions,
): ServiceFetch {
  if (!insecureHttp && isPlainHttpElsewhere(new URL(url))) {
    throw usageFailure(
      `${url} would show the token to whoever listens in`,
      'Write https, or --insecure-http inside a VPC or a mesh.',
    )
  }
  const target = { url, allowInsecureHttp: insecureHttp, ...(audience && { audience }) }
  const identity = impersonate({ serviceAccount: as })
  return createServiceFetch({ targets: [target], identity, mode: 'enforce', log: false })
}

/** The rule of callers, whose own error names the option that code would set. */
function isPlainHttpElsewhere({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:' || hostname === 'localhost' || isLoopbackAddress(hostname)) return false
  return hostname !== emulatorUrl(readEnvironment())?.hostname
}

/** In lines for a person they go beside the result, which is where the service is now. */
function requestWriter(options: ProxyOptions): (answered: AnsweredRequest) => void {
  return (answered) => {
    const text = `${answered.status} ${answered.method} ${answered.path}`
    if (options.json) print(options, { data: answered, text })
    else note(text)
  }
}

function checkedOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw usageFailure(`--allow-origin ${text} is no origin`, 'Write it as http://localhost:5173')
}
