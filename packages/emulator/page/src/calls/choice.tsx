import type { JSX } from 'preact'

interface ChoiceProps {
  readonly label: string
  /** What no choice is called. */
  readonly all: string
  readonly value: string
  readonly options: readonly string[]
  readonly choose: (value: string) => void
}

/** One of several, or none. Keeps the chosen one, even where no call has it any more. */
export function Choice({ label, all, value, options, choose }: ChoiceProps): JSX.Element {
  const offered = value && !options.includes(value) ? [value, ...options] : options
  return (
    <select
      aria-label={label}
      class={value ? 'chosen' : undefined}
      value={value}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      <option value="">{all}</option>
      {offered.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  )
}
