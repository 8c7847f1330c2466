import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { route } from '../store/location.ts'
import { log } from '../store/run.ts'
import { CallHead } from './call-head.tsx'
import { CallVerdict } from './call-verdict.tsx'
import { closeCall } from './focus.ts'
import { MissingCall } from './missing-call.tsx'
import { Timeline } from './timeline.tsx'
import { TraceSection } from './trace-section.tsx'

/** The open call, layer by layer. */
export function CallPanel(): JSX.Element {
  const call = useComputed(() => log.value.calls.find(({ id }) => id === route.value.call))
  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') closeCall()
  }
  if (!call.value) return <MissingCall id={route.value.call ?? 0} />
  return (
    <section class="call-panel" aria-labelledby="call-heading" onKeyDown={closeOnEscape}>
      <CallHead call={call.value} />
      <div class="call-body" key={call.value.id}>
        <CallVerdict call={call.value} />
        <Timeline call={call.value} />
        <TraceSection call={call.value} />
      </div>
    </section>
  )
}
