import type { JSX } from 'preact'
import { type Attempt, attemptWords } from '../model/attempts.ts'
import { beside } from '../model/words.ts'
import { Go } from '../parts/controls.tsx'
import { Status } from '../parts/texts.tsx'
import { Step } from './step.tsx'

interface AttemptStepProps {
  readonly attempt: Attempt
  /** The attempt before or after, if there is one. */
  readonly other: Attempt | undefined
}

/** Ahead of the layers of a call that was tried before. */
export function AttemptBefore({ attempt, other }: AttemptStepProps): JSX.Element | null {
  if (!other) return null
  return (
    <Step title={`Attempt ${attempt.number}, ${attemptWords[attempt.token]}`}>
      <OtherAttempt attempt={attempt} other={other} />
    </Step>
  )
}

/** After the layers of a call that was tried again. */
export function AttemptAfter({ attempt, other }: AttemptStepProps): JSX.Element | null {
  if (!other) return null
  return (
    <Step title={`Tried again, ${attemptWords[other.token]}`}>
      <OtherAttempt attempt={attempt} other={other} />
    </Step>
  )
}

function OtherAttempt({ attempt, other }: { attempt: Attempt; other: Attempt }): JSX.Element {
  const { id, at, status } = other.call
  return (
    <p>
      <Go to={{ call: id }}>Attempt {other.number}</Go> <Status status={status} />{' '}
      <span class="when">{beside(at, attempt.call.at)}</span>
    </p>
  )
}
