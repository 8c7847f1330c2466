import type { JSX } from 'preact'
import { recording } from '../store/run.ts'
import { ActiveDrills } from './active-drills.tsx'
import { CommonDrillsCard } from './common-drills-card.tsx'
import { DrillFormCard } from './drill-form-card.tsx'

/** What goes wrong now, and what may go wrong next. */
export function DrillsView(): JSX.Element {
  return (
    <div class="sheet">
      <ActiveDrills />
      {!recording.value && (
        <>
          <CommonDrillsCard />
          <DrillFormCard />
        </>
      )}
    </div>
  )
}
