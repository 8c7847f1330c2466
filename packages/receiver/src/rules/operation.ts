import type { IncomingHttpHeaders } from 'node:http'
import { printed } from '@countersign/shared/checks'
import {
  compilePath,
  maxPathLength,
  type PathPattern,
  plainPath,
  withoutQuery,
} from '@countersign/shared/paths'
import { parsedUrl } from '@countersign/shared/realm/urls'

/** The headers of a call: a Node request's, or a web `Request`'s. */
export interface CallHeaders {
  headers: Headers | IncomingHttpHeaders
  /** Names and values in turn, as they were received. Node's `headers` drops a second `Authorization`. */
  rawHeaders?: readonly string[]
}

/** The operation that a caller asks for: the method and the whole path of its request. */
export interface Operation {
  method: string | undefined
  /** The request target as it was received, with its query. */
  target: string | undefined
  /** Whether the app routes by another path than the one that was asked for. */
  isRewritten: boolean
  /** Whether a router that is mounted below the root sees only the end of the path. */
  isMounted: boolean
  /** They can name a method that overrides the request's own. */
  headers: CallHeaders['headers']
  /**
   * Results that all rules share: a service can have thirty open routes, and a call is compared with them
   * before it needs a token.
   */
  found: {
    /** False if no rule can cover it. */
    path?: string | false
    /** False if no header overrides the method. */
    overridingMethod?: string | false
  }
}

/** Returns whether a rule covers an operation. */
export type OperationRule = (operation: Operation) => boolean

/** The parts of a request from which its operation is read. */
interface OperationSource extends Pick<CallHeaders, 'headers'> {
  method?: string | undefined
  url?: string | undefined
  originalUrl?: string | undefined
  baseUrl?: string | undefined
}

/** Reads the operation from a request. In a mounted router `url` has only a part of `originalUrl`. */
export function operationOf(call: OperationSource): Operation {
  const { method, url, originalUrl, headers } = call
  const whole = originalUrl ?? url
  const isOther = originalUrl !== undefined && originalUrl !== url
  const isRewritten = isOther && wasRewritten(call)
  return {
    method,
    target: whole !== undefined && isWebHeaders(headers) ? withoutOrigin(whole) : whole,
    isRewritten,
    isMounted: isOther && !isRewritten,
    headers,
    found: {},
  }
}

/**
 * Whether the path of `originalUrl` is no longer the mount point followed by `url`: rules would be
 * compared with one path, and the app would route by another. Without a `baseUrl` the mount point is not
 * known, and everything before `url` counts as the mount point.
 */
function wasRewritten({ url, originalUrl, baseUrl }: OperationSource): boolean {
  if (url === undefined) return false
  const path = withoutQuery(url)
  const original = withoutQuery(originalUrl as string)
  if (baseUrl === undefined) return path !== '/' && !original.endsWith(path)
  // A router that is mounted at the path itself sees "/".
  return original !== baseUrl + path && !(path === '/' && original === baseUrl)
}

/**
 * Removes the origin from the URL of a web `Request`, which is parsed already, so that this changes no
 * path. Any other text is returned unchanged, and no rule for a path covers it: on a socket such a target
 * is a proxy's, and an origin that is only searched for could hide a part of the path.
 */
function withoutOrigin(url: string): string {
  if (url.startsWith('/')) return url
  const whole = withoutQuery(url)
  const parsed = whole.length > maxUrlLength ? undefined : parsedUrl(whole)
  const isNormalised = parsed?.href === whole && /^https?:$/.test(parsed.protocol)
  return isNormalised ? url.slice(url.indexOf('/', parsed.protocol.length + 2)) : url
}

/** Longer than an origin and a path that a rule can match. */
const maxUrlLength = maxPathLength + 512

/** The path that rules are compared with; undefined if no rule can cover it. */
export function pathOf({ target, isRewritten, found }: Operation): string | undefined {
  found.path ??= (isRewritten ? undefined : plainPath(target)) ?? false
  return found.path === false ? undefined : found.path
}

/** Compiles the rule for `methods` and `paths`, which are both optional. */
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

/** A method that a header asks for has to be covered, too: middleware behind the check can route by it. */
function coversMethod(methods: ReadonlySet<string>, operation: Operation): boolean {
  if (operation.method === undefined || !methods.has(operation.method)) return false
  const overriding = overridingMethod(operation)
  return overriding === undefined || methods.has(overriding.toUpperCase())
}

/** The headers that method-override and similar packages read. */
const overridingHeaders = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const

/** The method that a header asks for instead of the request's own, if there is one. */
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

/** The path is parsed only if a rule has paths: most calls meet no such rule. */
function coversPath(paths: readonly PathPattern[], operation: Operation): boolean {
  const path = pathOf(operation)
  return path !== undefined && paths.some((matches) => matches(path))
}

/** Compiles a line of `unauthenticated`, such as `GET /ready`. */
export function routeRule(route: string, where: string): OperationRule {
  const [method, path, ...rest] = typeof route === 'string' ? route.split(' ') : []
  if (method === undefined || path === undefined || rest.length > 0) {
    throw new TypeError(
      `${where} must be a method and a path, but is ${printed(route)}: write one such as "GET /ready"`,
    )
  }
  return operationRule({ methods: [method], paths: [path] }, where)
}

function compileMethods(methods: readonly string[], where: string): Set<string> {
  assertNotEmpty(methods, where, '"GET"')
  for (const method of methods) {
    if (typeof method !== 'string' || !/^[A-Z][A-Z-]*$/.test(method)) {
      throw new TypeError(
        `${where} must be methods in capital letters, but has ${printed(method)}: write one such as "GET"`,
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
  throw new TypeError(
    `${where} must not be empty: write [${example}], or leave it out to allow any`,
  )
}

/** Whether headers are a web `Request`'s. */
export function isWebHeaders(headers: Headers | IncomingHttpHeaders): headers is Headers {
  return typeof headers.get === 'function'
}
