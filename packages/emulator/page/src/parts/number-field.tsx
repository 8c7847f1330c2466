import type { JSX } from 'preact'

interface NumberFieldProps {
  readonly label: string
  /** Undefined or no number: empty. */
  readonly value: number | undefined
  readonly min: number
  readonly max?: number
  /** What it means when it is empty; left out: it must not be. */
  readonly empty?: string
  /** Not a number where it is empty. */
  readonly enter: (value: number) => void
}

/** A field of a form that takes a whole number; the browser says what is wrong with it. */
export function NumberField(props: NumberFieldProps): JSX.Element {
  const { label, value = Number.NaN, min, max, empty, enter } = props
  return (
    <label>
      {label}
      <input
        type="number"
        step={1}
        min={min}
        max={max}
        required={empty === undefined}
        placeholder={empty}
        value={Number.isNaN(value) ? '' : value}
        onInput={({ currentTarget }) => enter(currentTarget.valueAsNumber)}
      />
    </label>
  )
}
