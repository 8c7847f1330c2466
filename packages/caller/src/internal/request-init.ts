/** What `fetch` takes in the first place. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** Any `Request`: undici's own is another class than the global one. */
export function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input
}

/** What a call says beside its URL: the members of its `Request` and of its init, which wins. */
export function readInit(request: Request | undefined, init: RequestInit | undefined): RequestInit {
  const own = init && setMembers(init)
  return request ? { ...pick(request, members), ...own } : (own ?? {})
}

const members = [
  'method',
  'headers',
  'body',
  'redirect',
  'signal',
  'keepalive',
  'integrity',
  'credentials',
  'mode',
  'cache',
  'referrer',
  'referrerPolicy',
  'duplex',
  'dispatcher',
] as const

/**
 * The members that are set. `fetch` also reads inherited ones, such as a `Request`'s when that is
 * given as the init, and takes a body of null for none given.
 */
function setMembers(init: RequestInit): RequestInit {
  return pick(init, isPlain(init) ? Object.keys(init) : members)
}

function pick(source: object, names: readonly string[]): RequestInit {
  const picked: Record<string, unknown> = {}
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !(name === 'body' && value === null)) picked[name] = value
  }
  return picked
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
