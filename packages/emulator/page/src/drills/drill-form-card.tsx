import type { DrillableEndpoint, Fault } from '@countersign/emulator'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useAction } from '../parts/controls.tsx'
import { NumberField, type Option, SelectField } from '../parts/fields.tsx'
import { announce } from '../store/announcement.ts'
import { startDrill } from '../store/control.ts'
import { canAct, state } from '../store/run.ts'
import {
  type DrillForm,
  drillOptions,
  emptyDrill,
  endpointChoices,
  endpointsFor,
  faultChoices,
  isPerService,
  withChange,
} from './drill-form.ts'

/** Form that starts any drill. */
export function DrillFormCard(): JSX.Element {
  const form = useSignal<DrillForm>(emptyDrill)
  const { busy, problem, run } = useAction()
  function change(filled: Partial<DrillForm>): void {
    form.value = withChange(form.value, filled)
  }
  function start(event: SubmitEvent): void {
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
          options={faultOptions}
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

const faultOptions = (Object.keys(faultChoices) as readonly Fault['kind'][]).map((kind) => ({
  value: kind,
  text: faultChoices[kind].name,
}))

/** Props of the fields: the state of the form, and a function that changes it. */
interface DrillFieldsProps {
  form: DrillForm
  change: (filled: Partial<DrillForm>) => void
}

const tenMinutesMs = 600_000

const yearSeconds = 31_536_000

/** Fields of the selected fault: delay, status or clock shift. */
function FaultFields({ form, change }: DrillFieldsProps): JSX.Element | null {
  switch (form.kind) {
    case 'status':
      return <StatusFields form={form} change={change} />
    case 'delay':
      return (
        <NumberField
          label="Delay in milliseconds"
          value={form.ms}
          min={0}
          max={tenMinutesMs}
          enter={(ms) => change({ ms })}
        />
      )
    case 'iam-delay':
      return (
        <NumberField
          label="Seconds until a change counts"
          value={Math.abs(form.seconds)}
          min={1}
          max={tenMinutesMs / 1_000}
          enter={(seconds) => change({ seconds })}
        />
      )
    case 'clock-shift':
      return (
        <NumberField
          label="Seconds ahead (negative: behind)"
          value={form.seconds}
          min={-yearSeconds}
          max={yearSeconds}
          enter={(seconds) => change({ seconds })}
        />
      )
    default:
      return null
  }
}

function StatusFields({ form, change }: DrillFieldsProps): JSX.Element {
  return (
    <>
      <NumberField
        label="Status"
        value={form.status}
        min={400}
        max={599}
        enter={(status) => change({ status })}
      />
      <NumberField
        label="Retry-After in seconds"
        value={form.retryAfter}
        min={0}
        max={86_400}
        empty="none"
        enter={(value) => change({ retryAfter: Number.isNaN(value) ? undefined : value })}
      />
    </>
  )
}

const maxTimes = 1_000_000

/**
 * Fields for endpoint, service and number of times; a note for faults that affect all of Google.
 */
function PlaceFields({ form, change }: DrillFieldsProps): JSX.Element {
  const places = endpointsFor(form.kind)
  if (places.length === 0)
    return <p class="hint">This affects all of Google until you end the drill.</p>
  return (
    <>
      <SelectField
        label="Where"
        value={form.endpoint}
        options={[{ value: '', text: 'every possible endpoint' }]}
        groups={{
          'Metadata servers and front doors': places.filter(isPerService).map(placeOf),
          'Google’s APIs': places.filter((place) => !isPerService(place)).map(placeOf),
        }}
        choose={(endpoint) => change({ endpoint })}
      />
      {isPerService(form.endpoint) && (
        <SelectField
          label="For"
          value={form.service}
          options={serviceOptions()}
          choose={(service) => change({ service })}
        />
      )}
      <NumberField
        label="How many times"
        value={form.times}
        min={1}
        max={maxTimes}
        empty="until ended"
        enter={(value) => change({ times: Number.isNaN(value) ? undefined : value })}
      />
    </>
  )
}

function placeOf(endpoint: DrillableEndpoint): Option<DrillableEndpoint> {
  return { value: endpoint, text: `${endpoint}: ${endpointChoices[endpoint].name}` }
}

/** Choices for every service, and for each service in the policy. */
export function serviceOptions(): readonly Option<string>[] {
  const services = (state.value?.services ?? []).map(({ name }) => ({ value: name, text: name }))
  return [{ value: '', text: 'every service' }, ...services]
}
