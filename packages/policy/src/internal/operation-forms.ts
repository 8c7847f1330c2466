import * as v from 'valibot'
import { firstFault, isPattern, isPlain, isPlainPattern, plainHint } from './path-forms.ts'
import { oneOf, type Schema, textLike } from './shapes.ts'

/** The methods that a rule may name. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] as const

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
    v.check(isPlain, plainHint),
  ),
)

function isRoute(text: string): boolean {
  const [name, path, ...rest] = text.split(' ')
  return v.is(method, name) && path !== undefined && isPattern(path) && rest.length === 0
}
