import { pathToRegexp } from 'path-to-regexp'
import * as v from 'valibot'

// As strict about paths as receiver and caller are: a list that one of them refused would leave the
// old one in force, with nobody the wiser.

/** What is wrong with a path that is read in two ways. */
export const plainHint =
  'write a path without "//", ";", "%2f", "%5c", "%00", dot segments and broken escapes: no rule covers those'

/** Reports only the first fault of a text. */
export function firstFault<T extends v.GenericSchema<string, string>>(schema: T): T {
  return v.config(schema, { abortPipeEarly: true })
}

/** Whether every server reads a path alike. */
export function isPlain(path: string): boolean {
  return !ambiguous.test(path) && isWellEscaped(path)
}

/** The same of a pattern, in which a backslash lets a letter stand for itself. */
export function isPlainPattern(pattern: string): boolean {
  return isPlain(pattern.replaceAll('\\', ''))
}

/** Whether path-to-regexp can compile a pattern; a `/*` at the end is any rest. */
export function isPattern(text: string): boolean {
  if (!/^\/[^\s#?]*$/.test(text)) return false
  try {
    pathToRegexp(text.replace(/\/\*$/, '/{*rest}'), { sensitive: true, trailing: false })
    return true
  } catch {
    return false
  }
}

const ambiguous = /\/\/|;|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isWellEscaped(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
