import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { SelectField } from '../parts/fields.tsx'
import { commonDrills } from './common-drills.ts'
import { DrillItem } from './drill-item.tsx'
import { serviceOptions } from './service-options.ts'

/** What goes wrong most often, one click each. */
export function CommonDrillsCard(): JSX.Element {
  const service = useSignal('')
  return (
    <section class="card" aria-labelledby="start-heading">
      <div class="card-head">
        <h2 id="start-heading">Let something go wrong</h2>
        <div class="inline">
          <SelectField
            label="Metadata server and front door of"
            value={service.value}
            options={serviceOptions()}
            choose={(name) => {
              service.value = name
            }}
          />
        </div>
      </div>
      <ul class="drills common">
        {commonDrills.map((drill) => (
          <DrillItem key={drill.title} drill={drill} service={service.value} />
        ))}
      </ul>
    </section>
  )
}
