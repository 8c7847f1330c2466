import type { JSX } from 'preact'
import type { ExplainedClaim } from '../model/claims.ts'
import { Breakable } from '../parts/breakable.tsx'

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
