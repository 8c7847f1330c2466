import type { JSX } from 'preact'
import { duration, relative } from '../model/words.ts'
import { Breakable } from './texts.tsx'

/** Table of claims, each with its meaning. */
export function ClaimsTable({ claims }: { claims: readonly ExplainedClaim[] }): JSX.Element {
  return (
    <table class="pairs">
      <tbody>
        {claims.map(({ name, value, means }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <Breakable text={value} />
              {means && <span class="means">{means}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A claim and its meaning. */
export interface ExplainedClaim {
  name: string
  value: string
  means: string
}

/**
 * Adds its meaning to each claim of a token, in the given order.
 *
 * @param now milliseconds since the epoch
 */
export function explainClaims(
  claims: Readonly<Record<string, unknown>>,
  now: number,
): readonly ExplainedClaim[] {
  return Object.entries(claims).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    means: Object.hasOwn(meanings, name) ? (meanings[name]?.(value, now) ?? '') : '',
  }))
}

/** Returns the meaning of a claim's value; `now` is in milliseconds. */
type Meaning = (value: unknown, now: number) => string

const meanings: Record<string, Meaning> = {
  iss: () => 'issuer of the token',
  aud: () => 'intended receiver: must be exactly one of the audiences of the service',
  sub: () => 'unique ID of the account, never used for another account',
  azp: () => 'who requested the token: for a service account, its own unique ID',
  email: () => 'email of the account',
  email_verified: (value) => (value === true ? 'confirmed by Google' : 'must be true'),
  iat: (value, now) => `issued ${momentOf(value, now)}`,
  nbf: (value, now) => `valid from ${momentOf(value, now)}`,
  exp: (value, now) => expiryOf(value, now),
  google: () => 'where the token was requested: instance, project, zone',
  hd: () => 'Google Workspace domain of a person',
}

function momentOf(value: unknown, now: number): string {
  const at = millisecondsOf(value)
  return at === undefined ? 'at an invalid time: it must be a number' : relative(at, now)
}

function expiryOf(value: unknown, now: number): string {
  const at = millisecondsOf(value)
  if (at === undefined) return 'expires at an invalid time: it must be a number'
  return at > now ? `expires in ${duration(at - now)}` : `expired ${duration(now - at)} ago`
}

/**
 * Converts a time of a token to milliseconds; undefined if it is not a number.
 *
 * @param value seconds since the epoch
 */
export function millisecondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
}
