import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { noFilter } from '../model/call-filter.ts'
import { titleOf } from '../model/verdict.ts'
import { beside } from '../model/words.ts'
import { CopyButton, Go } from '../parts/controls.tsx'
import { Status } from '../parts/texts.tsx'
import { log } from '../store/run.ts'

const mostShown = 20

/** The call's trace: what else was called under it, retries too. */
export function TraceSection({ call }: { call: CallHandled }): JSX.Element | null {
  const { trace } = call
  if (trace === undefined) return null
  const others = log.value.calls.filter((other) => other.trace === trace && other.id !== call.id)
  return (
    <section aria-labelledby="trace-heading">
      <h3 id="trace-heading">Trace</h3>
      <p class="trace">
        <code>{trace}</code> <CopyButton text={trace}>Copy</CopyButton>
      </p>
      {others.length > 0 && (
        <>
          <ul class="trace-calls">
            {others.slice(0, mostShown).map((other) => (
              <li key={other.id}>
                <Status status={other.status} /> <Go to={{ call: other.id }}>{titleOf(other)}</Go>{' '}
                <span class="method">{other.method}</span> {other.target}{' '}
                <span class="when">{beside(other.at, call.at)}</span>
              </li>
            ))}
          </ul>
          <p>
            <Go to={{ filter: { ...noFilter, trace } }}>Show only the calls of this trace</Go>
          </p>
        </>
      )}
    </section>
  )
}
