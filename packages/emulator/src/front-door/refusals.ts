import type { IamRefusal } from '../calls/layers.ts'
import { type Reply, text } from '../http/route.ts'

/**
 * Cloud Run's answer to a call that it does not forward to the container: HTML, in Google's own
 * words, so that callers can tell refusals of the platform from those of a receiver.
 */
export function refusalReply(
  refusal: IamRefusal,
  { target, hasToken }: { target: string; hasToken: boolean },
): Reply {
  switch (refusal) {
    case 'token_missing':
    case 'not_invoker':
      return forbidden(target)
    case 'token_invalid':
      return unauthorized(target)
    case 'ingress_refused':
      return page(404, 'Page not found', 'The requested URL was not found on this server.')
    case 'iap_refused':
      return iapRefusal(hasToken)
    case 'host_refused':
      return text(403, 'The emulator does not answer to this Host. See its option allowedHosts.\n')
  }
}

/**
 * The answer if nothing answers at the app's address: as on Cloud Run, with a reason that only an
 * emulator can know.
 *
 * @param service its name in the policy
 */
export function unreachableReply(service: string, app: URL): Reply {
  return text(
    503,
    `Service Unavailable

(The emulator: nothing answers for ${service} at ${app.origin}, or its answer is not valid HTTP.
Is ${service} running, and does it listen on the port in PORT?)
`,
  )
}

/**
 * Of Identity-Aware Proxy, to a client that is not a browser. The audience of its tokens is an OAuth
 * client, so those for a service are refused.
 */
function iapRefusal(hasToken: boolean): Reply {
  const problem = hasToken ? 'Invalid bearer token. Invalid JWT audience.' : 'empty token'
  const headers = {
    'content-type': 'text/html; charset=UTF-8',
    'x-goog-iap-generated-response': 'true',
  }
  return { status: 401, headers, body: `Invalid IAP credentials: ${problem}` }
}

function forbidden(target: string): Reply {
  const code = `<code>${escaped(target)}</code>`
  return page(
    403,
    'Forbidden',
    `Your client does not have permission to get URL ${code} from this server.`,
  )
}

function unauthorized(target: string): Reply {
  const code = `<code>${escaped(target)}</code>`
  const reply = page(
    401,
    'Unauthorized',
    `Your client does not have permission to the requested URL ${code}.`,
  )
  const challenge =
    'Bearer error="invalid_token" error_description="The access token could not be verified"'
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } }
}

function page(status: number, title: string, sentence: string): Reply {
  const body = `
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${status} ${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: ${title}</h1>
<h2>${sentence}</h2>
<h2></h2>
</body></html>
`
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
