import type { JSX } from 'preact'

interface TextAreaFieldProps {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly enter: (value: string) => void
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
