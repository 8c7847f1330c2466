import type { JSX } from 'preact'

/** One choice of a select field. */
export interface Option<T extends string> {
  value: T
  text: string
}

interface SelectFieldProps<T extends string> {
  label: string
  value: T
  /** Choices without a heading; they come first. */
  options: readonly Option<T>[]
  /** Further choices, by heading. */
  groups?: Readonly<Record<string, readonly Option<T>[]>>
  choose: (value: T) => void
}

/** Form field with several choices. */
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
  /** Undefined or NaN: empty. */
  value: number | undefined
  min: number
  max?: number
  /** Meaning of an empty field; left out: a value is required. */
  empty?: string
  /** Gets NaN if the field is empty. */
  enter: (value: number) => void
}

/** Form field for a whole number; the browser validates it. */
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

/** Form field for several lines, without spell checking. */
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
