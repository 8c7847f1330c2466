import type { JSX } from 'preact'
import type { DrillForm } from '../model/drill-form.ts'
import { NumberField } from '../parts/fields.tsx'

/** What the fields of the form are drawn from, and how they change it. */
export interface DrillFieldsProps {
  readonly form: DrillForm
  readonly change: (filled: Partial<DrillForm>) => void
}

const tenMinutesMs = 600_000
const yearSeconds = 31_536_000

/** What a fault takes: how late, which status, how wrong a clock. */
export function FaultFields({ form, change }: DrillFieldsProps): JSX.Element | null {
  switch (form.kind) {
    case 'status':
      return <StatusFields form={form} change={change} />
    case 'delay':
      return (
        <NumberField
          label="Later by, in milliseconds"
          value={form.ms}
          min={0}
          max={tenMinutesMs}
          enter={(ms) => change({ ms })}
        />
      )
    case 'clock-shift':
      return (
        <NumberField
          label="Ahead by, in seconds; behind: −"
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
        label="Retry-After, in seconds"
        value={form.retryAfter}
        min={0}
        max={86_400}
        empty="none"
        enter={(value) => change({ retryAfter: Number.isNaN(value) ? undefined : value })}
      />
    </>
  )
}
