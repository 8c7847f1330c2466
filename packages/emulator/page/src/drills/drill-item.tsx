import type { DrillOptions } from '@countersign/emulator'
import type { JSX } from 'preact'
import { isOfServices } from '../model/drill-choices.ts'
import { useAction } from '../parts/controls.tsx'
import { announce } from '../store/announcement.ts'
import { startDrill } from '../store/control.ts'
import { canAct } from '../store/run.ts'
import type { CommonDrill } from './common-drills.ts'

interface DrillItemProps {
  readonly drill: CommonDrill
  /** For whom; empty: everybody. */
  readonly service: string
}

/** A drill that can be started. */
export function DrillItem({ drill, service }: DrillItemProps): JSX.Element {
  const { busy, problem, run } = useAction()
  const start = (): Promise<void> =>
    run(async () => {
      await startDrill(optionsFor(drill.options, service))
      announce(`Started: ${drill.title}.`)
    })
  return (
    <li>
      <div>
        <h3>{drill.title}</h3>
        <p>{drill.shows}</p>
        {problem.value && <p class="problem">{problem}</p>}
      </div>
      <button
        type="button"
        class="button"
        aria-label={`Start: ${drill.title}`}
        disabled={busy.value || !canAct.value}
        onClick={start}
      >
        Start
      </button>
    </li>
  )
}

/** Key sets and clocks are all services'. */
function optionsFor(options: DrillOptions, service: string): DrillOptions {
  const { endpoint } = options
  return service && endpoint && isOfServices(endpoint) ? { ...options, service } : options
}
