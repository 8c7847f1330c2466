import type { JSX } from 'preact'

/** One of several that can be chosen. */
export interface Option<T extends string> {
  value: T
  text: string
}

interface SelectFieldProps<T extends string> {
  label: string
  value: T
  /** Those without a heading come first. */
  options: readonly Option<T>[]
  /** More, under a heading each. */
  groups?: Readonly<Record<string, readonly Option<T>[]>>
  choose: (value: T) => void
}

/** A field of a form in which one of several is chosen. */
export function SelectField<T extends string>(props: SelectFieldProps<T>): JSX.Element {
  const { label, value, options, groups = {}, choose } = props
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value as T)}>
        {options.map(optionOf)}
        {Object.entries(groups)
          .filter(([, grouped]) => grouped.length > 0)
          .map(([heading, grouped]) => (
            <optgroup key={heading} label={heading}>
              {grouped.map(optionOf)}
            </optgroup>
          ))}
      </select>
    </label>
  )
}

function optionOf({ value, text }: Option<string>): JSX.Element {
  return (
    <option key={value} value={value}>
      {text}
    </option>
  )
}

interface NumberFieldProps {
  label: string
  /** Undefined or no number: empty. */
  value: number | undefined
  min: number
  max?: number
  /** What it means when it is empty; left out: it must not be. */
  empty?: string
  /** Not a number where it is empty. */
  enter: (value: number) => void
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

interface TextAreaFieldProps {
  label: string
  value: string
  placeholder?: string
  enter: (value: string) => void
}

/** A field of a form for a few lines, written as they are. */
export function TextAreaField(props: TextAreaFieldProps): JSX.Element {
  const { label, value, placeholder, enter } = props
  return (
    <label>
      {label}
      <textarea
        rows={3}
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={({ currentTarget }) => enter(currentTarget.value)}
      />
    </label>
  )
}
