import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { faultKinds, faultNames } from '../model/drill-choices.ts'
import { type DrillForm, drillOptions, emptyDrill, withChange } from '../model/drill-form.ts'
import { useAction } from '../parts/controls.tsx'
import { SelectField } from '../parts/fields.tsx'
import { announce } from '../store/announcement.ts'
import { startDrill } from '../store/control.ts'
import { canAct } from '../store/run.ts'
import { FaultFields } from './fault-fields.tsx'
import { PlaceFields } from './place-fields.tsx'

/** Starts any drill that there is. */
export function DrillFormCard(): JSX.Element {
  const form = useSignal<DrillForm>(emptyDrill)
  const { busy, problem, run } = useAction()
  const change = (filled: Partial<DrillForm>): void => {
    form.value = withChange(form.value, filled)
  }
  const start = (event: SubmitEvent): void => {
    event.preventDefault()
    void run(async () => {
      const { drill } = await startDrill(drillOptions(form.value))
      announce(`Started drill ${drill}.`)
    })
  }
  return (
    <form class="card" aria-labelledby="any-drill-heading" onSubmit={start}>
      <h2 id="any-drill-heading">Any fault, anywhere</h2>
      <div class="fields small">
        <SelectField
          label="What goes wrong"
          value={form.value.kind}
          options={faultKinds.map((kind) => ({ value: kind, text: faultNames[kind] }))}
          choose={(kind) => change({ kind })}
        />
        <FaultFields form={form.value} change={change} />
        <PlaceFields form={form.value} change={change} />
      </div>
      <p class="actions">
        <button type="submit" class="button primary" disabled={busy.value || !canAct.value}>
          Start
        </button>
        {problem.value && <span class="problem">{problem}</span>}
      </p>
    </form>
  )
}
