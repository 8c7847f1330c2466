import type { PushAttempted } from '@countersign/emulator'
import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { TextAreaField } from '../parts/fields.tsx'
import { attributeNames } from './kind-names.ts'

interface PushContentProps {
  readonly kind: PushAttempted['kind']
  readonly data: Signal<string>
  readonly attributes: Signal<string>
}

/** What is delivered, in the words of the product that delivers it. */
export function PushContent({ kind, data, attributes }: PushContentProps): JSX.Element {
  return (
    <>
      <TextAreaField
        label="Data"
        value={data.value}
        enter={(value) => {
          data.value = value
        }}
      />
      <TextAreaField
        label={`${attributeNames[kind]}, one a line`}
        placeholder="name=value"
        value={attributes.value}
        enter={(value) => {
          attributes.value = value
        }}
      />
    </>
  )
}
