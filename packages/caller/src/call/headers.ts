/** One header. */
export type HeaderPair = [name: string, value: string]

/**
 * Returns the headers of an init, in any of the forms that `fetch` takes.
 *
 * @throws {TypeError} if they have another form, as `fetch` does
 */
export function readHeaders(headers: unknown): HeaderPair[] {
  if (headers === undefined) return []
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError('headers must be Headers, a list of pairs, or an object')
  }
  if (isIterable(headers)) return Array.from(headers, readPair)
  return Object.entries(headers).map(([name, value]) => [name, String(value)])
}

function readPair(entry: unknown): HeaderPair {
  const [name, value, ...more] = isIterable(entry) ? entry : []
  if (value !== undefined && more.length === 0) return [String(name), String(value)]
  throw new TypeError('headers must be pairs: write each as a name and a value')
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
