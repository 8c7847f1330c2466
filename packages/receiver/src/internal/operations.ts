import { printed } from './checks.ts'
import { compilePath, type PathPattern, plainPath } from './paths.ts'
import { type CallHeaders, isWebHeaders } from './token.ts'

/** What a caller wants to do: the method and the whole path of its request. */
export interface Operation {
  method: string | undefined
  /** The request target as it came, with its query. */
  target: string | undefined
}

/** Says whether a rule covers an operation. */
export type OperationRule = (operation: Operation) => boolean

/**
 * Reads the operation off a request. A mounted router's `url` lacks what `originalUrl` has. A web
 * `Request` has its whole URL, parsed already, so that cutting its origin off changes nothing; on a
 * socket a target of that form is a proxy's, and no rule for a path covers it.
 */
export function operationOf(call: OperationSource): Operation {
  const url = call.originalUrl ?? call.url
  const target = url !== undefined && isWebHeaders(call.headers) ? withoutOrigin(url) : url
  return { method: call.method, target }
}

/** The parts of a request that say what it is for. */
export interface OperationSource extends Pick<CallHeaders, 'headers'> {
  method?: string | undefined
  url?: string | undefined
  originalUrl?: string | undefined
}

function withoutOrigin(url: string): string {
  if (url.startsWith('/')) return url
  const slash = url.indexOf('/', url.indexOf('://') + 3)
  return slash === -1 ? url : url.slice(slash)
}

/** The rule for `methods` and `paths`, either of which may be left out. */
export function operationRule(
  rule: { methods?: readonly string[]; paths?: readonly string[] },
  where: string,
): OperationRule {
  const methods = rule.methods && compileMethods(rule.methods, `${where}.methods`)
  const paths = rule.paths && compilePaths(rule.paths, `${where}.paths`)
  return ({ method, target }) =>
    (methods === undefined || (method !== undefined && methods.has(method))) &&
    (paths === undefined || coversPath(paths, target))
}

/** The path is looked at only where a rule speaks of one: most calls meet none. */
function coversPath(paths: readonly PathPattern[], target: string | undefined): boolean {
  const path = plainPath(target)
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
