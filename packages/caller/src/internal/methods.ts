/** Fetch standard, 'normalize a method': these in any case, all others as they are. */
export function normalizeMethod(method: unknown): string {
  if (method === undefined) return 'GET'
  const text = String(method)
  return /^(?:delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text
}

/** Whether a method changes nothing (RFC 9110 section 9.2.1), so that a call may be made twice. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
