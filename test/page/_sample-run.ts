/** A run as an emulator tells it, for what takes too long to happen: a busy graph, a long list. */
import type { CallHandled, EmulatorEvent, EmulatorState, Layer } from '@countersign/emulator'

/** An emulator with so many services, each of which may call the next three. */
export function sampleState(url: string, names: readonly string[]): EmulatorState {
  return {
    url,
    services: names.map((name) => ({
      name,
      account: accountOf(name),
      frontDoor: 'http://127.0.0.1:4001',
      url: audienceOf(name),
      audiences: [audienceOf(name)],
      public: false,
    })),
    edges: names.flatMap((from, index) =>
      names.slice(index + 1, index + 4).map((to) => ({ from, to })),
    ),
    pushes: [{ name: 'orders', kind: 'pubsub', to: names.at(-1) ?? '', path: '/push/orders' }],
    drills: [],
  }
}

/** One call of a run, and what is odd about it. */
export interface SampleCall {
  readonly id: number
  readonly at: number
  readonly from: string
  readonly to: string
  readonly target?: string
  readonly refusal?: 'wrong-audience' | 'not_invoker' | 'audience_mismatch'
  readonly userAgent?: string
}

/** The token of a call, and then the call. */
export function sampleEvents(call: SampleCall): EmulatorEvent[] {
  return [tokenOf(call), callOf(call)]
}

function tokenOf({ id, at, from, to }: SampleCall): EmulatorEvent {
  const about = { endpoint: 'identity', service: from, account: accountOf(from) } as const
  const audience = audienceOf(to)
  return {
    type: 'token',
    id,
    at: at - 40,
    ...about,
    audience,
    status: 200,
    from: 'minted',
    durationMs: 2,
  }
}

function callOf(call: SampleCall): CallHandled {
  const { id, at, from, to, target = '/', refusal } = call
  return {
    type: 'call',
    id: id + 1,
    at,
    caller: { service: from, account: accountOf(from), verified: refusal !== 'wrong-audience' },
    receiver: to,
    method: 'GET',
    target,
    status: statusOf(refusal),
    durationMs: 3 + (id % 40),
    ...(refusal && { refusedBy: refusal === 'audience_mismatch' ? 'receiver' : 'front-door' }),
    ...(refusal && { code: refusal === 'wrong-audience' ? 'token_invalid' : refusal }),
    trace: id.toString(16).padStart(32, '0'),
    declared: refusal !== 'not_invoker',
    ...(refusal === 'not_invoker' && { snippet: snippetOf(from, to) }),
    token: id,
    layers: layersOf(call),
  }
}

function layersOf({ at, from, to, refusal, userAgent = 'node' }: SampleCall): Layer[] {
  const audience = refusal ? `${audienceOf(to)}/` : audienceOf(to)
  const claims = {
    iss: 'https://accounts.google.com',
    aud: audience,
    sub: '107517467455664443765',
    email: accountOf(from),
    email_verified: true,
    iat: Math.floor(at / 1000),
    exp: Math.floor(at / 1000) + 3600,
  }
  const headers = [
    ['host', `${to}-123456789012.us-central1.run.app`],
    ['authorization', 'Bearer <claims of token below>'],
    ['x-serverless-authorization', 'Bearer <claims of token below>'],
    ['user-agent', userAgent],
  ] as const
  return [
    { stage: 'sent', headers },
    { stage: 'token', header: 'authorization', claims, kid: 'emulator-7f3a', issuedHere: true },
    ...verdictOf(to, audience, refusal),
    ...(reachesApp(refusal) ? handedOver(headers, refusal) : []),
  ]
}

function verdictOf(to: string, got: string, refusal: SampleCall['refusal']): Layer[] {
  if (refusal === 'wrong-audience') {
    const expected = [audienceOf(to)]
    return [{ stage: 'front-door', verdict: 'token_invalid', claim: 'aud', got, expected, atMs: 1 }]
  }
  const verdict = refusal === 'not_invoker' ? 'not_invoker' : 'admitted'
  return [{ stage: 'front-door', verdict, atMs: 1 }]
}

function handedOver(
  headers: readonly (readonly [string, string])[],
  refusal: SampleCall['refusal'],
): Layer[] {
  const added = [
    ['forwarded', 'for="127.0.0.1";proto=https'],
    ['x-cloud-trace-context', '0123456789abcdef0123456789abcdef/1;o=1'],
  ] as const
  const code = refusal && { code: refusal, detail: 'The token is for another audience.' }
  return [
    { stage: 'forwarded', headers: [...headers, ...added], atMs: 2 },
    {
      stage: 'answer',
      status: statusOf(refusal),
      ...code,
      headers: [['content-type', 'application/json']],
      atMs: 9,
    },
  ]
}

function reachesApp(refusal: SampleCall['refusal']): boolean {
  return refusal === undefined || refusal === 'audience_mismatch'
}

function statusOf(refusal: SampleCall['refusal']): number {
  if (refusal === undefined) return 200
  return refusal === 'not_invoker' ? 403 : 401
}

function snippetOf(from: string, to: string): string {
  return `"${from}": { "calls": { "${to}": [{ "methods": ["GET"], "paths": ["/"] }] } }`
}

function accountOf(name: string): string {
  return `${name}@acme.iam.gserviceaccount.com`
}

function audienceOf(name: string): string {
  return `https://${name}-123456789012.us-central1.run.app`
}
