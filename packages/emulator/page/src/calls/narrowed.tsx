import type { JSX } from 'preact'
import { filter, setFilter } from '../store/location.ts'

/** What a link narrowed the calls to: an edge of the graph, a trace. Each can be taken off. */
export function Narrowed(): JSX.Element {
  const { from, to, trace } = filter.value
  return (
    <>
      {from && <Chip text={`from ${from}`} off={() => setFilter({ from: '' })} />}
      {to && <Chip text={`to ${to}`} off={() => setFilter({ to: '' })} />}
      {trace && <Chip text={`trace ${trace.slice(0, 8)}…`} off={() => setFilter({ trace: '' })} />}
    </>
  )
}

function Chip({ text, off }: { text: string; off: () => void }): JSX.Element {
  return (
    <button type="button" class="chip" onClick={off} aria-label={`Remove filter: ${text}`}>
      {text} <span aria-hidden="true">×</span>
    </button>
  )
}
