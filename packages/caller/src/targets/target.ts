import {
  assertKnown,
  assertNoBareHost,
  assertObject,
  assertOneAudience,
  assertText,
  assertTexts,
  printed,
} from '@countersign/shared/checks'
import { compilePath, isPlainPath } from '@countersign/shared/paths'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { operationsOf } from '@countersign/shared/rules-in-force'
import type { Target, TokenHeader } from '../options.ts'
import type { Emulation } from './emulation.ts'
import {
  isCloudFunctions,
  isGoogleFrontDoor,
  isRunApp,
  isThisMachine,
  withoutRevisionTag,
} from './hosts.ts'

/** A target in the form that calls are checked against. */
export interface CompiledTarget {
  name: string | undefined
  /** Its origin and path prefix, without a slash at the end. */
  base: string
  origin: string
  /** With the emulator: the origin that the service has in production, if `origin` is its front door. */
  productionOrigin: string | undefined
  hostname: string
  /** The path prefix, without a slash at the end; empty for a whole origin. */
  prefix: string
  audience: string
  headers: readonly TokenHeader[]
  /** Whether Cloud Run's front door checks the token first. */
  hasFrontDoor: boolean
  /** The allowed methods; undefined if any is allowed. */
  methods: ReadonlySet<string> | undefined
  /** Whether a path is allowed; undefined if any is allowed. */
  paths: ((path: string) => boolean) | undefined
  /** The methods and paths as text, for the log. */
  operations: string
  /** Whether calls would leave the emulator, whose tokens are worth nothing elsewhere. */
  isBeyondEmulator: boolean
}

/**
 * Checks a target, and fills in its defaults.
 *
 * @param where its name in errors: `targets[0]`
 * @throws {TypeError} if it is wrong
 */
export function readTarget(
  given: string | Target,
  where: string,
  emulation: Emulation | undefined,
): CompiledTarget {
  const target = typeof given === 'string' ? { url: given } : given
  assertShape(target, where)
  const asked = readTargetUrl(target, where, emulation)
  const url = emulation?.localUrl(asked) ?? asked
  const prefix = url.pathname.replace(/\/$/, '')
  const headers = target.headers ?? defaultHeaders(url, emulation)
  return {
    name: target.name,
    base: url.origin + prefix,
    origin: url.origin,
    productionOrigin: productionOrigin(asked, target, emulation),
    hostname: url.hostname,
    prefix,
    // Also at a front door it is the one of production: the receiver expects that.
    audience: target.audience ?? readAudience(asked, prefix, where),
    headers,
    hasFrontDoor: headers.includes('x-serverless-authorization'),
    methods: readMethods(target.methods, where),
    paths: readPaths(target.paths, { where, prefix }),
    operations: operationsOf(target),
    isBeyondEmulator: emulation !== undefined && !emulation.mayLeave && !emulation.isWithin(url),
  }
}

/** A policy names the front door, and says by the audience whose it is. */
function productionOrigin(
  asked: URL,
  { audience = '' }: Target,
  emulation: Emulation | undefined,
): string | undefined {
  if (emulation === undefined) return undefined
  const given = [asked, parsedUrl(audience)].find((url) => url && emulation.localUrl(url) !== url)
  return given?.origin
}

const targetNames: Record<keyof Target, true> = {
  url: true,
  name: true,
  audience: true,
  headers: true,
  methods: true,
  paths: true,
  allowInsecureHttp: true,
}

function assertShape(target: unknown, where: string): asserts target is Target {
  assertObject(target, where)
  assertKnown(target, Object.keys(targetNames), where)
  const { name, audience, headers, methods, paths } = target as Record<string, unknown>
  assertText(name, `${where}.name`)
  assertText(audience, `${where}.audience`)
  assertAudience(audience, `${where}.audience`)
  assertTexts(methods, `${where}.methods`)
  assertTexts(paths, `${where}.paths`)
  assertTokenHeaders(headers, `${where}.headers`)
}

/** An `aud` with spaces or quotation marks around it comes from a file or a variable by mistake. */
function assertAudience(audience: string | undefined, where: string): void {
  if (audience === undefined) return
  assertNoBareHost(audience, where)
  if (/^[\s"']|[\s"']$/.test(audience)) {
    throw new TypeError(
      `${where} must not have a space or a quotation mark around it, but is ${printed(audience)}: remove it`,
    )
  }
  assertOneAudience(audience, where)
}

function defaultHeaders(url: URL, emulation: Emulation | undefined): readonly TokenHeader[] {
  return isGoogleFrontDoor(url.hostname) || emulation?.isWithin(url)
    ? ['authorization', 'x-serverless-authorization']
    : ['authorization']
}

function readAudience(url: URL, prefix: string, where: string): string {
  if (isCloudFunctions(url.hostname) && prefix === '') {
    throw new TypeError(
      `${where}.url must name a function, but is "${url.origin}": write it with the function's name, which is part of its audience`,
    )
  }
  return defaultAudience(url.origin, prefix)
}

function readMethods(
  methods: readonly string[] | undefined,
  where: string,
): ReadonlySet<string> | undefined {
  const wrong = methods?.find((method) => !/^[A-Z][A-Z-]*$/.test(method))
  if (wrong !== undefined) {
    throw new TypeError(
      `${where}.methods must be methods in capital letters, but has ${printed(wrong)}: write one such as "GET"`,
    )
  }
  return methods && new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)
}

function readPaths(
  paths: readonly string[] | undefined,
  { where, prefix }: { where: string; prefix: string },
): CompiledTarget['paths'] {
  const unreachable = paths?.find((path) => !mayBeBelow(path, prefix))
  if (unreachable !== undefined) {
    throw new TypeError(
      `${where}.paths must be below ${where}.url, but has ${printed(unreachable)}: write the whole path, such as ${printed(prefix + unreachable)}`,
    )
  }
  const patterns = paths?.map((path, index) => compilePath(path, `${where}.paths[${index}]`))
  return patterns && ((path) => isPlainPath(path) && patterns.some((matches) => matches(path)))
}

/** Whether a pattern can match a path below a prefix: compares the parts before any parameter. */
function mayBeBelow(pattern: string, prefix: string): boolean {
  const fixed = pattern.slice(0, pattern.search(/[:*{\\]|$/))
  if (prefix === '' || !pattern.startsWith('/')) return true
  if (fixed === pattern) return `${pattern}/`.startsWith(`${prefix}/`)
  return fixed.startsWith(prefix) || prefix.startsWith(fixed)
}

/**
 * Reads a target's URL: an origin, with or without a path prefix.
 *
 * @throws {TypeError} if it is not such a URL, or is http without permission
 */
function readTargetUrl(target: Target, where: string, emulation: Emulation | undefined): URL {
  const url = parse(target.url, where)
  if (url.protocol !== 'https:' && !mayBePlain(url, target, emulation)) {
    throw new TypeError(
      `${where}.url must be https, but is ${url.protocol.slice(0, -1)}: write https, or set allowInsecureHttp for http inside a VPC or a mesh`,
    )
  }
  return url
}

function parse(text: unknown, where: string): URL {
  const url = typeof text === 'string' ? parsedUrl(text) : undefined
  if (!url && typeof text === 'string' && /^["'\ufeff]/.test(text)) {
    throw new TypeError(
      `${where}.url must not have a quotation mark or a byte order mark around it: remove it`,
    )
  }
  if (!url)
    throw new TypeError(
      `${where}.url must be a URL: write one such as "https://name-123.region.run.app"`,
    )
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError(
      `${where}.url must be an origin and a path: remove user, query and fragment`,
    )
  }
  if (url.port === '0') {
    throw new TypeError(`${where}.url must not have port 0, where nothing listens: write its port`)
  }
  if (url.hostname.endsWith('.')) {
    throw new TypeError(`${where}.url must not have a dot after its host: remove it`)
  }
  if (/[*{}]|%7b|%7d|\/:/i.test(url.hostname + url.pathname)) {
    throw new TypeError(
      `${where}.url must not have a wildcard or a parameter, which no call would match: write a target for each origin, and patterns in paths`,
    )
  }
  if (!isPlainPath(url.pathname)) {
    throw new TypeError(
      `${where}.url must not have an ambiguous path: remove "//", ";" and encoded slashes`,
    )
  }
  return url
}

function mayBePlain(url: URL, target: Target, emulation: Emulation | undefined): boolean {
  if (url.protocol !== 'http:') return false
  if (target.allowInsecureHttp || isThisMachine(url.hostname)) return true
  return emulation?.isWithin(url) === true
}

const tokenHeaders: Record<TokenHeader, true> = {
  authorization: true,
  'x-serverless-authorization': true,
  'x-caller-authorization': true,
  'proxy-authorization': true,
}

/** Refuses headers that can't carry a token, and a header that is listed twice. */
export function assertTokenHeaders(
  names: unknown,
  where: string,
): asserts names is readonly TokenHeader[] | undefined {
  assertTexts(names, where)
  const unknown = names?.find((name) => !Object.hasOwn(tokenHeaders, name))
  if (unknown !== undefined) {
    throw new TypeError(
      `${where} must be headers for tokens, but has ${printed(unknown)}: write some of ${Object.keys(tokenHeaders).join(', ')}`,
    )
  }
  const twice = names?.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new TypeError(
      `${where} must not repeat a header, but has ${printed(twice)} twice: write it once`,
    )
}

/**
 * Derives the `aud` that a service expects from its URL: the origin. Google has two exceptions: a
 * revision tag is not part of a Cloud Run service's name, and a function on cloudfunctions.net expects
 * its whole URL, since all functions of the project share the origin.
 */
export function defaultAudience(origin: string, prefix: string): string {
  const { hostname } = new URL(origin)
  if (isCloudFunctions(hostname)) return origin + prefix
  if (isRunApp(hostname)) return withoutRevisionTag(origin)
  return origin
}
