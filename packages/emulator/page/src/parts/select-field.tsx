import type { JSX } from 'preact'

/** One of several that can be chosen. */
export interface Option<T extends string> {
  readonly value: T
  readonly text: string
}

interface SelectFieldProps<T extends string> {
  readonly label: string
  readonly value: T
  /** Those without a heading come first. */
  readonly options: readonly Option<T>[]
  /** More, under a heading each. */
  readonly groups?: Readonly<Record<string, readonly Option<T>[]>>
  readonly choose: (value: T) => void
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
