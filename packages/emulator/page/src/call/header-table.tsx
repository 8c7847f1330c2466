import type { HeaderList } from '@countersign/emulator'
import type { JSX } from 'preact'
import { Breakable } from '../parts/texts.tsx'

/** Headers in the order they were sent. */
export function HeaderTable({ headers }: { headers: HeaderList }): JSX.Element {
  return (
    <table class="pairs">
      <tbody>
        {headers.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>
              <Breakable text={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
