import { compilePath, isPlainPath, isPlainPattern } from '@countersign/shared/paths'
import * as v from 'valibot'
import { oneOf, type Schema, textLike } from './shapes.ts'

/** The methods that a rule may name. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] as const

/** What is wrong with a path that is read in two ways. */
const plainHint =
  'write a path without "//", ";", "%2f", "%5c", "%00", dot segments and broken escapes: no rule covers those'

const patternHint = 'write a path-to-regexp pattern for the whole path, such as "/profiles/:id"'
const routeHint = `write a method (${methods.join(', ')}) and a path pattern, such as "GET /ready"`

/** A method in upper case, as requests have it. */
export const method: Schema<(typeof methods)[number]> = oneOf(methods)

/** A path-to-regexp pattern for a whole path. */
export const pathPattern: Schema<string> = firstFault(
  v.pipe(
    v.string(patternHint),
    v.check(isPlainPattern, plainHint),
    v.check(isPattern, patternHint),
  ),
)

/** A route that needs no caller: a method and a path pattern. */
export const route: Schema<string> = firstFault(
  v.pipe(v.string(routeHint), v.check(isPlainPattern, plainHint), v.check(isRoute, routeHint)),
)

/** A path as it is: nothing in it that a pattern would read as more. */
export const exactPath: Schema<string> = firstFault(
  v.pipe(
    textLike(
      /^\/(?!\/)[^\s#?{}()[\]+!:*\\]*$/,
      'write a path without parameters and query, such as "/push/orders"',
    ),
    v.check(isPlainPath, plainHint),
  ),
)

function isRoute(text: string): boolean {
  const [name, path, ...rest] = text.split(' ')
  return v.is(method, name) && path !== undefined && isPattern(path) && rest.length === 0
}

/** As receiver and caller read patterns: a list that one of them refused would leave its old one in force. */
function isPattern(text: string): boolean {
  if (/[\s#?]/.test(text)) return false
  try {
    compilePath(text, 'path')
    return true
  } catch {
    return false
  }
}

/** Reports only the first fault of a text. */
function firstFault<T extends v.GenericSchema<string, string>>(schema: T): T {
  return v.config(schema, { abortPipeEarly: true })
}
