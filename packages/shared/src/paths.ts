import { parse, pathToRegexp, type Token, TokenData } from 'path-to-regexp'
import { printed, shown } from './checks.ts'
import { redactedCause } from './redact.ts'

/** A compiled path pattern. It is asked about plain paths only. */
export type PathPattern = (path: string) => boolean

/**
 * The path of a request target; `undefined` if it has none that a rule can speak of.
 *
 * `new URL()` must not read it: it turns `//evil/profiles/7` and `/admin/../profiles/7` into
 * `/profiles/7`, and routers don't.
 *
 * @param target path and query, as they were sent
 */
export function plainPath(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  const path = withoutQuery(target)
  return isPlainPath(path) ? path : undefined
}

/** A request target up to its query. */
export function withoutQuery(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/**
 * The longest path that a rule can match, in characters. A longer one is not examined: its sender needs
 * no token, and servers accept targets of 15 KB, and of 60 KB over HTTP/2.
 */
export const maxPathLength = 2048

/** The most segments of such a path: a text is searched for at each of them, for each rule. */
export const maxSegments = 128

/**
 * Whether every server reads a path alike. Each router reads the text in its own way: one cuts at `#`, one
 * decodes `%2f`, one decodes `%3f` and `%23` and then cuts there (h3), one folds `//` and `..`, one trims a
 * no-break space that HTTP/2 let through. A path that two readers could take for two different ones matches no rule.
 */
export function isPlainPath(path: string): boolean {
  if (path.length > maxPathLength || !path.startsWith('/')) return false
  if (hasMoreSlashes(path, maxSegments)) return false
  return !ambiguous.test(path) && isWellEscaped(path)
}

/** The same of a pattern, in which a backslash lets a character stand for itself. */
export function isPlainPattern(pattern: string): boolean {
  const text = pattern.replaceAll('\\', '')
  return !ambiguousInPattern.test(text) && isWellEscaped(text)
}

const ambiguousInPattern = /\/\/|[;#]|%(?:2[3f]|3f|5c|00)|\/(?:\.|%2e){1,2}(?:\/|$)/i
const ambiguous = /[^\x21-\x7e]|\\|\/\/|[;#]|%(?:2[3f]|3f|5c|00)|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isWellEscaped(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/**
 * Compiles a pattern for a whole path, at start-up. Case counts, a slash at the end counts, and
 * nothing is decoded. `/*` at the end stands for everything below: at least one character, since
 * routers take `/profiles/` for `/profiles`. `/*` alone is every path.
 *
 * @param pattern as path-to-regexp reads it, such as `/profiles/:id`
 * @param where the option it came from, for the error
 * @throws TypeError if no path could match it
 */
export function compilePath(pattern: string, where: string): PathPattern {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) {
    throw new TypeError(
      `${where} must be a path, but is ${printed(pattern)}: write one such as "/profiles/:id"`,
    )
  }
  if (!isPlainPattern(pattern)) {
    throw new TypeError(
      `${where} must be a plain path, but is "${shown(pattern)}": write it without // \\ ; # %23 %2f %3f %5c %00, dot segments and broken escapes, which no rule covers`,
    )
  }
  try {
    return matcherOf(pattern)
  } catch (cause) {
    throw new TypeError(
      `${where} must be a path pattern, but is "${shown(pattern)}": ${patternRemedy(pattern)}`,
      { cause: redactedCause(cause) },
    )
  }
}

const matching = { sensitive: true, trailing: false }

/**
 * OpenAPI's way to write a parameter. Here it is an optional word: `/profiles/{id}` would cover `/profiles/`,
 * which routers take for `/profiles`, and no id.
 */
const openApiParameter = /\/\{(\w+)\}(?=\/|$)/

/** Throws if path-to-regexp can't read the pattern, or if something else is meant by it. */
function matcherOf(pattern: string): PathPattern {
  if (openApiParameter.test(pattern)) throw new TypeError('{name} is an optional text')
  const whole = pattern === '/*' ? '/{*rest}' : pattern.replace(/\/\*$/, '/*rest')
  pathToRegexp(whole, matching) // it refuses too many optional groups
  const forms = new Map<string, PathPattern>()
  for (const form of formsOf(parse(whole).tokens)) {
    const { regexp } = pathToRegexp(new TokenData(form), matching)
    // `/a{/:b}{/:c}` has a form twice but for the parameter's name.
    if (!forms.has(regexp.source)) forms.set(regexp.source, formMatcher(form, regexp))
  }
  const matchers = [...forms.values()]
  return (path) => matchers.some((matches) => matches(path))
}

/** A pattern with and without each of its optional groups. */
function formsOf(tokens: readonly Token[]): Token[][] {
  let forms: Token[][] = [[]]
  for (const token of tokens) {
    const choices = token.type === 'group' ? [...formsOf(token.tokens), []] : [[token]]
    forms = forms.flatMap((form) => choices.map((choice) => [...form, ...choice]))
  }
  return forms
}

/**
 * A stranger chooses the path, and a service can have thirty patterns whose expressions each read all of
 * it. So the plain parts of a pattern are searched for first, which costs a hundredth of that.
 */
function formMatcher(form: readonly Token[], regexp: RegExp): PathPattern {
  const texts = textsOf(form)
  if (texts.length === 1) return (path) => path === texts[0]
  const hasWildcard = form.some(({ type }) => type === 'wildcard')
  const slashes = texts.join('').split('/').length - 1
  return (path) =>
    (hasWildcard || !hasMoreSlashes(path, slashes)) && hasTexts(path, texts) && regexp.test(path)
}

/** The plain parts of a pattern: before, between and after its parameters and wildcards. */
function textsOf(form: readonly Token[]): string[] {
  const texts = ['']
  for (const token of form) {
    if (token.type === 'text') texts.push(texts.pop() + token.value)
    else texts.push('')
  }
  return texts
}

/** Whether the texts occur in this order, with something between each two of them. */
function hasTexts(path: string, texts: readonly string[]): boolean {
  const last = texts.length - 1
  if (!path.startsWith(texts[0] as string) || !path.endsWith(texts[last] as string)) return false
  let end = (texts[0] as string).length
  for (let index = 1; index < last; index += 1) {
    const text = texts[index] as string
    const at = path.indexOf(text, end + 1)
    if (at === -1) return false
    end = at + text.length
  }
  return end < path.length - (texts[last] as string).length
}

function hasMoreSlashes(path: string, count: number): boolean {
  let at = path.indexOf('/')
  for (let seen = 0; seen < count && at !== -1; seen += 1) at = path.indexOf('/', at + 1)
  return at !== -1
}

/**
 * What to write instead of a pattern that can't be read: other routers and glob tools write `/**`,
 * `/:id?`, `/:id(\\d+)` and `/{id}`.
 *
 * @param before a text in front of it, such as a route's method
 */
export function patternRemedy(pattern: string, before = ''): string {
  const known = rewrites.reduce((text, [part, other]) => text.replace(part, other), pattern)
  const literal = known.replace(/[+!()[\]]/g, '\\$&')
  const readable = [known, literal].find(isReadable)
  if (readable === undefined) return `write ${patternWords}`
  return `write "${before}${shown(readable)}" (${patternWords})`
}

const patternWords =
  '":name" for one segment, "/*" at the end for everything below, "\\" before a character that stands for itself'

/** Each part that other tools write, and what stands for it here. */
const rewrites: readonly [RegExp, string][] = [
  [/(?:\/?\*+|\/\(\.\*\))(?:\/\*+)?$/, '/*'],
  [/\/(?:\*+|\(\.\*\))(?=\/)/g, '/:any'],
  [/(:\w+)\([^/]*\)/g, '$1'],
  [/\/(:\w+)\?/g, '{/$1}'],
  [new RegExp(openApiParameter, 'g'), '/:$1'],
]

function isReadable(pattern: string): boolean {
  try {
    return isPlainPattern(pattern) && matcherOf(pattern) !== undefined
  } catch {
    return false
  }
}
