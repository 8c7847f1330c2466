/** What `fetch` takes in the first place. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** Any `Request`: undici's own, and those of other realms, are other classes than the global one. */
export function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && Object.prototype.toString.call(input) === '[object Request]'
}

/**
 * What a call says beside its URL: the members of its `Request` and of its init, which wins.
 *
 * @throws {TypeError} where the init is no object, as `fetch` does
 */
export function readInit(request: Request | undefined, init: unknown): RequestInit {
  const own = init === undefined || init === null ? undefined : setMembers(init)
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
function setMembers(init: unknown): RequestInit {
  if (typeof init !== 'object' && typeof init !== 'function') {
    throw new TypeError("A call's init must be an object")
  }
  return pick(init as object, new Set([...members, ...Object.keys(init as object)]))
}

function pick(source: object, names: Iterable<string>): RequestInit {
  const picked: Record<string, unknown> = {}
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && !(name === 'body' && value === null)) picked[name] = value
  }
  return picked
}
