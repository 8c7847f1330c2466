/** Names of headers and parameters whose values open something. Some keys don't. */
const secretNames =
  /authorization|cookie|token|secret|passw|session|api[-_]?key|(?<!idempotency|surrogate|websocket)[-_]key$|assertion|signature|credential|^(?:key|code|sig|auth|x-auth|jwt|pwd)$/i

/** Parameters, wherever a URL stands in a text. */
const parameters = /([?&;])([^=&;?\s"]{1,200})=([^&;\s"]+)/g

/**
 * What may hold a secret, whatever it is called: what begins as a JWT does, three segments as long as
 * one's, Google's access and refresh tokens and client secrets, and keys.
 */
const secrets =
  /(?<=^|[^\w-]|%[0-9a-fA-F]{2})eyJ[\w%.~=+-]+|(?<![\w-])[\w-]{8,}(?:\.|%(?:25)*2[eE])[\w-]{8,}(?:\.|%(?:25)*2[eE])[\w-]{24,}|ya29\.[\w.-]+|1(?:\/\/|%2[fF]%2[fF])[\w-]{8,}|GOCSPX-[\w-]+|-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)/g

/** Runs too long for a name: keys, and paths and ids too. */
const longRuns = /[\w+/=%-]{48,}/g

const hidden = '[redacted]'

/**
 * A text that others wrote, without what may be a secret, and bounded.
 *
 * @param text the text
 * @param maxLength how much of it to keep, in characters
 */
export function withoutSecrets(text: string, maxLength: number): string {
  const shown = text
    .slice(0, maxLength + 1_000)
    .replace(secrets, hidden)
    .replace(parameters, (whole, mark, name) =>
      isSecretName(decoded(name)) ? `${mark}${name}=${hidden}` : whole,
    )
    .replace(longRuns, (run) => (isRandom(run) ? hidden : run))
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown
}

/**
 * Whether the value of a header or a parameter opens something, by its name.
 *
 * @param name the name
 */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !name.toLowerCase().startsWith('access-control-')
}

/**
 * Whether a run reads as base64 of something random, two of whose neighbours in three are of different
 * kinds. In paths and names hardly one in three is, and hexadecimal ids have letters of one case.
 */
function isRandom(run: string): boolean {
  if (!/[a-z]/.test(run) || !/[A-Z]/.test(run) || !/\d/.test(run)) return false
  const kinds = run.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/\d/g, '0')
  const changes = [...kinds].filter((kind, index) => index > 0 && kind !== kinds[index - 1])
  return changes.length > run.length * 0.45
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
