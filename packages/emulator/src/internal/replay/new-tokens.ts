import type { JWTPayload } from 'jose'
import { type Account, strangerAccount } from '../accounts.ts'
import type { Google } from '../google.ts'
import type { KeptCall } from './replays.ts'

/**
 * New tokens in place of those that a call has brought, in the same headers: of the same account,
 * for the same audience, valid from now.
 *
 * @param call the call
 * @param google who signs
 * @returns names and values, alternating
 */
export async function newTokens({ seen }: KeptCall, google: Google): Promise<string[]> {
  const headers = seen.map(async ({ header, claims }) => {
    const token = claims && (await newToken(claims, google))
    return token === undefined ? [] : [header, `Bearer ${token}`]
  })
  return (await Promise.all(headers)).flat()
}

async function newToken(
  { email, sub, aud }: JWTPayload,
  { accounts, issuer }: Google,
): Promise<string | undefined> {
  const name = typeof email === 'string' ? email : sub
  if (typeof name !== 'string') return undefined
  const { subject }: Account = accounts.get(name) ?? strangerAccount(name)
  const account = { email: name, subject: typeof sub === 'string' ? sub : subject }
  const options = { includeEmail: typeof email === 'string', overrides: { aud } }
  return issuer.idToken(account, '', options)
}
