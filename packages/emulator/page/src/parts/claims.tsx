import type { JSX } from 'preact'
import { duration, relative } from '../model/words.ts'
import { Breakable } from './texts.tsx'

/** Claims of a token, each with its meaning. */
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

/** A claim, and what it says in words. */
export interface ExplainedClaim {
  name: string
  value: string
  means: string
}

/**
 * The claims of a token in their order, each with its meaning.
 *
 * @param claims the token's
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

/** A claim's meaning; the time is now, in milliseconds. */
type Meaning = (value: unknown, now: number) => string

const meanings: Record<string, Meaning> = {
  iss: () => 'who issued it',
  aud: () => 'whom it is for: compared exactly with what the service answers to',
  sub: () => 'the account’s unique id, which no other account ever gets',
  azp: () => 'who asked for it: for a service account its own unique id',
  email: () => 'whose it is',
  email_verified: (value) => (value === true ? 'as Google says' : 'must be true'),
  iat: (value, now) => `issued ${momentOf(value, now)}`,
  nbf: (value, now) => `valid from ${momentOf(value, now)}`,
  exp: (value, now) => expiryOf(value, now),
  google: () => 'where it was asked for: instance, project, zone',
  hd: () => 'a person’s Google Workspace domain',
}

function momentOf(value: unknown, now: number): string {
  const at = millisecondsOf(value)
  return at === undefined ? 'at no time: it must be a number' : relative(at, now)
}

function expiryOf(value: unknown, now: number): string {
  const at = millisecondsOf(value)
  if (at === undefined) return 'expires at no time: it must be a number'
  return at > now ? `expires in ${duration(at - now)}` : `expired ${duration(now - at)} ago`
}

/**
 * A token's time as milliseconds, where it is one.
 *
 * @param value seconds since the epoch
 */
export function millisecondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
}
