import type {
  CallHandled,
  EmulatorState,
  RefusalReported,
  TokenIssued,
} from '@countersign/emulator'

/** A successful call, with the overrides of a test. */
export function call(overrides: Partial<CallHandled> = {}): CallHandled {
  return {
    type: 'call',
    id: 1,
    at: 1_000,
    caller: { service: 'login', account: accountOf('login'), verified: true },
    receiver: 'search',
    method: 'GET',
    target: '/profiles/7',
    status: 200,
    durationMs: 5,
    declared: true,
    layers: [],
    ...overrides,
  }
}

/** A token that was minted. */
export function token(overrides: Partial<TokenIssued> = {}): TokenIssued {
  return {
    type: 'token',
    id: 1,
    at: 1_000,
    endpoint: 'identity',
    status: 200,
    durationMs: 1,
    ...overrides,
  }
}

/** A call that serviceFetch in login stopped. */
export function refusal(overrides: Partial<RefusalReported> = {}): RefusalReported {
  return {
    type: 'refusal',
    id: 1,
    at: 1_000,
    service: 'login',
    method: 'GET',
    target: 'search',
    path: '/profile/7',
    code: 'operation_not_allowed',
    ...overrides,
  }
}

/** An emulator with these services and arrows. */
export function stateOf(
  names: readonly string[],
  edges: EmulatorState['edges'] = [],
): EmulatorState {
  const services = names.map((name) => {
    const audiences = [audienceOf(name)]
    const access = { invokerCheck: true, ingress: 'all', iap: false } as const
    return { name, account: accountOf(name), audiences, public: false, access, grants: [] }
  })
  const url = 'http://127.0.0.1:4000'
  return { run: 'first', url, services, edges, pushes: [], drills: [] }
}

export function accountOf(name: string): string {
  return `${name}-run@acme.iam.gserviceaccount.com`
}

export function audienceOf(name: string): string {
  return `https://${name}-123.us-central1.run.app`
}
