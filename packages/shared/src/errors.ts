/**
 * Whether a value is an error. Asked by shape: in Jest, in a `vm` context or under another library's
 * hands errors come from another realm, and `instanceof Error` is false for them.
 */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false
  try {
    const { name, message } = value as Partial<Error>
    return typeof name === 'string' && typeof message === 'string'
  } catch {
    return false
  }
}

/** Whether a value is a `TypeError`: what the checks of options throw. */
export function isTypeError(value: unknown): value is TypeError {
  return isError(value) && value.name === 'TypeError'
}
