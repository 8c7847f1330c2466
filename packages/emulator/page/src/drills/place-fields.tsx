import type { DrillableEndpoint } from '@countersign/emulator'
import type { JSX } from 'preact'
import { endpointNames, endpointsFor, isOfServices } from '../model/drill-choices.ts'
import { NumberField, type Option, SelectField } from '../parts/fields.tsx'
import type { DrillFieldsProps } from './fault-fields.tsx'
import { serviceOptions } from './service-options.ts'

const most = 1_000_000

/** Where it goes wrong, for whom and how often; nothing for what is of all of Google. */
export function PlaceFields({ form, change }: DrillFieldsProps): JSX.Element {
  const places = endpointsFor(form.kind)
  if (places.length === 0) return <p class="hint">This is of all of Google, until it is ended.</p>
  return (
    <>
      <SelectField
        label="Where"
        value={form.endpoint}
        options={[{ value: '', text: 'wherever it can' }]}
        groups={{
          'Metadata servers and front doors': places.filter(isOfServices).map(placeOf),
          'Google’s APIs': places.filter((place) => !isOfServices(place)).map(placeOf),
        }}
        choose={(endpoint) => change({ endpoint })}
      />
      {isOfServices(form.endpoint) && (
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
        max={most}
        empty="until it is ended"
        enter={(value) => change({ times: Number.isNaN(value) ? undefined : value })}
      />
    </>
  )
}

function placeOf(endpoint: DrillableEndpoint): Option<DrillableEndpoint> {
  return { value: endpoint, text: `${endpoint}: ${endpointNames[endpoint]}` }
}
