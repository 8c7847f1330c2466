import { redactWith, withoutCredentials } from '@countersign/shared/redact'

/** Names of headers and parameters whose values open something. Some keys don't. */
const secretNames =
  /authorization|cookie|token|secret|passw|session|api[-_]?key|(?<!idempotency|surrogate|websocket)[-_]key$|assertion|signature|credential|^(?:key|code|sig|auth|x-auth|jwt|pwd)$/i

/** Parameters, wherever a URL stands in a text. */
const parameters = /([?&;])([^=&;?\s"]{1,200})=([^&;\s"]+)/g

/**
 * A text that others wrote, without what may be a secret, and bounded. Queries stay, which say what
 * was called, but for the values of parameters that open something by their names. Names and ids stay
 * too, however long: who reads this runs the emulator.
 *
 * @param text the text
 * @param maxLength how much of it to keep, in characters
 */
export function withoutSecrets(text: string, maxLength: number): string {
  return redactWith(withoutParameters, text, maxLength)
}

function withoutParameters(text: string): string {
  return withoutCredentials(text).replace(parameters, (whole, mark, name) =>
    isSecretName(decoded(name)) ? `${mark}${name}=[redacted]` : whole,
  )
}

/**
 * Whether the value of a header or a parameter opens something, by its name.
 *
 * @param name the name
 */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !name.toLowerCase().startsWith('access-control-')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
