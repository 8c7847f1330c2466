import type { Google } from '../../google/google.ts'
import { type Handler, json } from '../../http/route.ts'

/**
 * `GET /emulator/v1/subject-token`: stands for the token endpoint of a foreign machine's own
 * provider, such as GitHub's. It asks for the secret of {@link Emulator.federation}'s configuration.
 *
 * @param google who was given a configuration
 */
export function subjectTokenHandler({ federation }: Google): Handler {
  return async ({ headers }) => {
    const secret = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const value = await federation.subjectToken(secret)
    return value ? json(200, { value }) : json(401, { message: 'Unknown or missing bearer token.' })
  }
}
