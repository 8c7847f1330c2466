import type { IncomingHttpHeaders } from 'node:http'
import { printed } from '@countersign/shared/checks'
import {
  compilePath,
  maxPathLength,
  type PathPattern,
  plainPath,
  withoutQuery,
} from '@countersign/shared/paths'

/** The headers of a call: a Node request's, or a web `Request`'s. */
export interface CallHeaders {
  headers: Headers | IncomingHttpHeaders
  /** Names and values in turn, as they came. Node's `headers` drops a second `Authorization`. */
  rawHeaders?: readonly string[]
}

/** What a caller wants to do: the method and the whole path of its request. */
export interface Operation {
  method: string | undefined
  /** The request target as it came, with its query. */
  target: string | undefined
  /** Whether the app sees another path than the one that was asked for. */
  isRewritten: boolean
  /** Looked at for a method that overrides the request's own. */
  headers: CallHeaders['headers']
  /**
   * What the rules found out about it, once for all of them: a service may have thirty open routes,
   * and whoever calls them needs no token.
   */
  found: {
    /** False if no rule can cover it. */
    path?: string | false
    /** False if no header overrides the method. */
    overridingMethod?: string | false
  }
}

/** Says whether a rule covers an operation. */
export type OperationRule = (operation: Operation) => boolean

/** The parts of a request that say what it is for. */
export interface OperationSource extends Pick<CallHeaders, 'headers'> {
  method?: string | undefined
  url?: string | undefined
  originalUrl?: string | undefined
  baseUrl?: string | undefined
}

/** Reads the operation off a request. A mounted router's `url` lacks what `originalUrl` has. */
export function operationOf(call: OperationSource): Operation {
  const { method, url, originalUrl, headers } = call
  const whole = originalUrl ?? url
  return {
    method,
    target: whole !== undefined && isWebHeaders(headers) ? withoutOrigin(whole) : whole,
    isRewritten: originalUrl !== undefined && originalUrl !== url && isRewritten(call),
    headers,
    found: {},
  }
}

/**
 * Whether mount point and `url` no longer make up the path of `originalUrl`: rules would be held
 * against one path, and the app would route by another. Without a `baseUrl` the mount point is not
 * known, and may be whatever comes before `url`.
 */
function isRewritten({ url, originalUrl, baseUrl }: OperationSource): boolean {
  if (url === undefined) return false
  const path = withoutQuery(url)
  const original = withoutQuery(originalUrl as string)
  if (baseUrl === undefined) return path !== '/' && !original.endsWith(path)
  // A router that is mounted at the path itself sees "/".
  return original !== baseUrl + path && !(path === '/' && original === baseUrl)
}

/**
 * A web `Request` has its whole URL, parsed already, so that cutting its origin off changes nothing.
 * Any other text is left as it is, and no rule for a path covers it: on a socket a target of this
 * form is a proxy's, and an origin that is only looked for may hide a part of the path.
 */
function withoutOrigin(url: string): string {
  if (url.startsWith('/')) return url
  const whole = withoutQuery(url)
  const parsed = whole.length > maxUrlLength ? null : URL.parse(whole)
  const isNormalised = parsed?.href === whole && /^https?:$/.test(parsed.protocol)
  return isNormalised ? url.slice(url.indexOf('/', parsed.protocol.length + 2)) : url
}

/** Longer than an origin and a path that a rule can match. */
const maxUrlLength = maxPathLength + 512

/** The path that rules are held against; undefined if none may cover it. */
export function pathOf({ target, isRewritten, found }: Operation): string | undefined {
  found.path ??= (isRewritten ? undefined : plainPath(target)) ?? false
  return found.path === false ? undefined : found.path
}

/** The rule for `methods` and `paths`, either of which may be left out. */
export function operationRule(
  rule: { methods?: readonly string[]; paths?: readonly string[] },
  where: string,
): OperationRule {
  const methods = rule.methods && compileMethods(rule.methods, `${where}.methods`)
  const paths = rule.paths && compilePaths(rule.paths, `${where}.paths`)
  return (operation) =>
    (methods === undefined || coversMethod(methods, operation)) &&
    (paths === undefined || coversPath(paths, operation))
}

/**
 * A method that a header asks for has to be covered, too: middleware behind the check may route by
 * it.
 */
function coversMethod(methods: ReadonlySet<string>, operation: Operation): boolean {
  if (operation.method === undefined || !methods.has(operation.method)) return false
  const overriding = overridingMethod(operation)
  return overriding === undefined || methods.has(overriding.toUpperCase())
}

/** The headers that method-override and its like read. */
const overridingHeaders = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const

/** The method that the headers put in place of the request's own, if they do. */
export function overridingMethod({ headers, found }: Operation): string | undefined {
  found.overridingMethod ??= overridingHeader(headers) ?? false
  return found.overridingMethod === false ? undefined : found.overridingMethod
}

function overridingHeader(headers: Operation['headers']): string | undefined {
  for (const name of overridingHeaders) {
    const value = isWebHeaders(headers) ? headers.get(name) : headers[name]
    if (value !== undefined && value !== null) return String(value)
  }
  return undefined
}

/** The path is looked at only where a rule speaks of one: most calls meet none. */
function coversPath(paths: readonly PathPattern[], operation: Operation): boolean {
  const path = pathOf(operation)
  return path !== undefined && paths.some((matches) => matches(path))
}

/** The rule for a line of `unauthenticated`, such as `GET /ready`. */
export function routeRule(route: string, where: string): OperationRule {
  const [method, path, ...rest] = typeof route === 'string' ? route.split(' ') : []
  if (method === undefined || path === undefined || rest.length > 0) {
    throw new TypeError(`${where} is ${printed(route)}: write a route such as "GET /ready"`)
  }
  return operationRule({ methods: [method], paths: [path] }, where)
}

function compileMethods(methods: readonly string[], where: string): Set<string> {
  assertNotEmpty(methods, where, '"GET"')
  for (const method of methods) {
    if (typeof method !== 'string' || !/^[A-Z][A-Z-]*$/.test(method)) {
      throw new TypeError(
        `${where} has ${printed(method)}: write methods in capitals, such as "GET"`,
      )
    }
  }
  return new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)
}

function compilePaths(paths: readonly string[], where: string): PathPattern[] {
  assertNotEmpty(paths, where, '"/profiles/:id"')
  return paths.map((path, index) => compilePath(path, `${where}[${index}]`))
}

function assertNotEmpty(list: readonly string[], where: string, example: string): void {
  if (Array.isArray(list) && list.length > 0) return
  throw new TypeError(`${where} lists nothing: leave it out to allow any, or write [${example}]`)
}

/** Whether headers are a web `Request`'s. */
export function isWebHeaders(headers: Headers | IncomingHttpHeaders): headers is Headers {
  return typeof headers.get === 'function'
}
