import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServiceFetch, impersonate } from '@countersign/caller'
import type { Command } from 'commander'
import { usageFailure } from '../internal/failure.ts'
import { examples, port, several } from '../internal/options.ts'
import { createProxyServer } from '../internal/proxy/proxy-server.ts'
import { stopSignals } from '../internal/stop-signals.ts'
import { note, type OutputOptions, say } from '../internal/terminal.ts'

interface ProxyOptions extends OutputOptions {
  readonly as: string
  readonly audience?: string
  readonly port: number
  readonly allowOrigin?: readonly string[]
  readonly insecureHttp?: boolean
}

/**
 * `countersign proxy`: a service on loopback, called as a service account.
 *
 * @param program gets the command
 */
export function addProxyCommand(program: Command): void {
  program
    .command('proxy')
    .summary('a service on localhost, called as a service account')
    .description(
      "Serves a service at 127.0.0.1 for browsers, Postman and scripts: each request is sent on with a fresh ID token of a service account, which your Application Default Credentials impersonate (roles/iam.serviceAccountTokenCreator on it). Unlike with gcloud run services proxy, verifyCaller in the service sees a caller that it knows. Pages of other sites and names other than this machine's are refused; whatever runs on this machine is not. WebSockets are not passed on.",
    )
    .argument('<url>', "the service's URL")
    .requiredOption('--as <account>', 'the email of the service account to call as')
    .option('--audience <audience>', "the aud of the tokens (default: the URL's origin)")
    .option('-p, --port <port>', 'to listen on; 0 for any free one', port, 8080)
    .option('--allow-origin <origin>', 'a page that may use it; may be given again', several)
    .option('--insecure-http', 'lets the URL be http beyond this machine: the token can be read')
    .option('--json', 'one line of JSON for each thing said')
    .addHelpText(
      'after',
      examples({
        'countersign proxy https://search-123.us-central1.run.app --as login@acme.iam.gserviceaccount.com':
          'then http://127.0.0.1:8080/search?q=7',
      }),
    )
    .action(proxy)
}

async function proxy(url: string, options: ProxyOptions): Promise<void> {
  using signals = stopSignals()
  const base = url.replace(/\/$/, '')
  const server = createProxyServer({
    base,
    serviceFetch: serviceFetchFor(base, options),
    allowedOrigins: (options.allowOrigin ?? []).map(checkedOrigin),
    onRequest: note,
  })
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  say(options, {
    data: { url: here, to: base, as: options.as },
    text: `${here} is ${base}, as ${options.as}`,
  })
  await signals.stop
  server.closeAllConnections()
  server.close()
}

function serviceFetchFor(url: string, { as, audience, insecureHttp = false }: ProxyOptions) {
  const target = { url, allowInsecureHttp: insecureHttp, ...(audience && { audience }) }
  const identity = impersonate({ serviceAccount: as })
  return createServiceFetch({ targets: [target], identity, mode: 'enforce' })
}

function checkedOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw usageFailure(`--allow-origin ${text} is no origin`, 'Write it as http://localhost:5173')
}
