import type { JSX } from 'preact'
import { diffHeaders, type HeaderChange } from '../model/header-diff.ts'
import { counted, duration } from '../model/words.ts'
import { Breakable } from '../parts/texts.tsx'
import { Step } from './step.tsx'
import type { LayerProps } from './timeline.tsx'

/** What the app was handed, beside what the caller had sent. */
export function ForwardedLayer({ call, layer }: LayerProps<'forwarded'>): JSX.Element {
  const sent = call.layers.find(({ stage }) => stage === 'sent')
  const before = sent?.stage === 'sent' ? sent.headers : []
  const changes = diffHeaders(before, layer.headers)
  const changed = changes.filter(({ change }) => change !== 'same')
  return (
    <Step title={`Handed to ${call.receiver}`} when={duration(layer.atMs)}>
      {changed.length > 0 ? (
        <HeaderChanges changes={changed} />
      ) : (
        <p>The headers are as they were sent.</p>
      )}
      <details>
        <summary>All {counted(layer.headers.length, 'header')}</summary>
        <HeaderChanges changes={changes} />
      </details>
    </Step>
  )
}

const words = { same: 'same', added: 'added', removed: 'removed', changed: 'changed' }

function HeaderChanges({ changes }: { changes: readonly HeaderChange[] }): JSX.Element {
  return (
    <table class="pairs changes">
      <tbody>
        {changes.map(({ name, before, after, change }, index) => (
          <tr key={index} class={change}>
            <th scope="row">{name}</th>
            <td>
              {change !== 'same' && <span class="tag">{words[change]}</span>}
              {before !== undefined && change !== 'same' && (
                <del>
                  <Breakable text={before} />
                </del>
              )}
              {before !== undefined && change === 'same' && <Breakable text={before} />}
              {after !== undefined && change !== 'same' && (
                <ins>
                  <Breakable text={after} />
                </ins>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
