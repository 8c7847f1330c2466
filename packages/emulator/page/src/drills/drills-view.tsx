import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { recording, state } from '../store/run.ts'
import { ActiveDrills } from './active-drills.tsx'
import { commonDrills } from './common-drills.ts'
import { DrillItem } from './drill-item.tsx'

/** What goes wrong now, and what may go wrong next. */
export function DrillsView(): JSX.Element {
  const service = useSignal('')
  return (
    <div class="sheet">
      <ActiveDrills />
      {!recording.value && (
        <section class="card" aria-labelledby="start-heading">
          <h2 id="start-heading">Let something go wrong</h2>
          <label class="inline">
            For
            <select
              value={service.value}
              onChange={({ currentTarget }) => {
                service.value = currentTarget.value
              }}
            >
              <option value="">every service</option>
              {state.value?.services.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <ul class="drills">
            {commonDrills.map((drill) => (
              <DrillItem key={drill.title} drill={drill} service={service.value} />
            ))}
          </ul>
          <p class="hint">
            <code>countersign drill --help</code> tells of the others.
          </p>
        </section>
      )}
    </div>
  )
}
