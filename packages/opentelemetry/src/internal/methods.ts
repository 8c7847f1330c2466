import { other } from './attributes.ts'

/** RFC 9110 section 9 and RFC 5789: what the semantic conventions call the known methods. */
const methods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

/** A method as the value of an attribute, of which there must not be any number. */
export function boundedMethod(method: string): string {
  return methods.has(method) ? method : other
}
