import type { DrillChanged } from '@countersign/emulator'
import type { JSX } from 'preact'
import { timeOfDay } from '../model/words.ts'
import { useAction } from '../parts/controls.tsx'
import { announce } from '../store/announcement.ts'
import { endDrill } from '../store/control.ts'
import { canAct, drillsNow, recording } from '../store/run.ts'
import { CommonDrillsCard } from './common-drills.tsx'
import { DrillFormCard } from './drill-form-card.tsx'

/** View of the drills: the active ones, and forms to start others. */
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

/** The active drills, each with a button that ends it. */
function ActiveDrills(): JSX.Element {
  const drills = drillsNow.value
  const { busy, problem, run } = useAction()
  function end(id?: number): Promise<void> {
    return run(async () => {
      await endDrill(id)
      announce(id === undefined ? 'Ended all drills.' : `Ended drill ${id}.`)
    })
  }
  return (
    <section class="card" aria-labelledby="active-heading">
      <h2 id="active-heading">{drills.length === 0 ? 'No active drills' : 'Active drills'}</h2>
      {drills.length === 0 && (
        <p>
          {recording.value
            ? 'No drill was active when the recording ended.'
            : 'A drill makes Google’s side fail, so that you can see how your services handle it.'}
        </p>
      )}
      {drills.length > 0 && (
        <ul class="drills">
          {drills.map((drill) => (
            <ActiveDrill key={drill.drill} drill={drill} busy={busy.value} end={end} />
          ))}
        </ul>
      )}
      {drills.length > 1 && !recording.value && (
        <button
          type="button"
          class="button"
          disabled={busy.value || !canAct.value}
          onClick={() => end()}
        >
          End all
        </button>
      )}
      {problem.value && <p class="problem">{problem}</p>}
    </section>
  )
}

interface ActiveDrillProps {
  drill: DrillChanged
  busy: boolean
  end: (id: number) => Promise<void>
}

function ActiveDrill({ drill, busy, end }: ActiveDrillProps): JSX.Element {
  return (
    <li>
      <div>
        <h3>{drill.summary}</h3>
        <p>since {timeOfDay(drill.at)}</p>
        {drill.note !== undefined && <p class="note">{drill.note}</p>}
      </div>
      {!recording.value && (
        <button
          type="button"
          class="button"
          aria-label={`End: ${drill.summary}`}
          disabled={busy || !canAct.value}
          onClick={() => end(drill.drill)}
        >
          End
        </button>
      )}
    </li>
  )
}
