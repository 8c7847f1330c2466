import { createHash, randomBytes } from 'node:crypto'
import type { UserCredentials } from '../../credential-files.ts'
import { type Account, strangerAccount } from '../accounts.ts'

/** The OAuth client that people log in with: gcloud's, in real life. */
export interface OAuthClient {
  readonly id: string
  readonly secret: string
}

/** Its id. */
export const emulatorClientId = '100000000000-emulator.apps.googleusercontent.com'

/** People who have logged in with gcloud. */
export interface Users {
  readonly client: OAuthClient
  /** A person's credentials file, made on demand. */
  file(email: string, url: string): UserCredentials
  /** Whose refresh token it is, if it is of such a file. */
  holder(refreshToken: string): Account | undefined
}

/** Nobody, until a file is asked for: a refresh token that nobody was given opens nothing. */
export function createUsers(): Users {
  const client = {
    id: emulatorClientId,
    secret: randomBytes(24).toString('base64url'),
  }
  const tokens = new Map<string, string>()
  const people = new Map<string, Account>()
  const tokenOf = (email: string): string => {
    const token = tokens.get(email) ?? `1//emulator-${randomBytes(48).toString('base64url')}`
    tokens.set(email, token)
    people.set(token, strangerAccount(email))
    return token
  }
  return {
    client,
    file: (email, url) => ({
      type: 'authorized_user',
      client_id: client.id,
      client_secret: client.secret,
      refresh_token: tokenOf(email),
      token_uri: `${url}/token`,
      universe_domain: 'googleapis.com',
    }),
    holder: (refreshToken) => people.get(refreshToken),
  }
}

/**
 * What binds an ID token to the access token beside it (OpenID Connect Core section 3.1.3.6).
 *
 * @param accessToken the access token
 */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}
