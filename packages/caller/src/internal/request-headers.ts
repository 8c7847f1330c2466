/** A header as `fetch` takes it. */
export type HeaderPair = [name: string, value: string]

/** The headers of an init, in any of the forms that `fetch` takes. */
export function readHeaders(headers: RequestInit['headers']): HeaderPair[] {
  if (!headers) return []
  const pairs: HeaderPair[] = []
  for (const [name, value] of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    pairs.push([String(name), String(value)])
  }
  return pairs
}
