import type { ComponentChildren, JSX } from 'preact'

interface StepProps {
  readonly title: ComponentChildren
  /** When, seen from the start of the call. */
  readonly when?: string
  /** `passed` and `stopped` are verdicts; the rest only happened. */
  readonly mark?: 'plain' | 'passed' | 'stopped'
  readonly children?: ComponentChildren
}

const marks = { plain: '', passed: '✓', stopped: '✕' }

/** One layer of the timeline. */
export function Step({ title, when, mark = 'plain', children }: StepProps): JSX.Element {
  return (
    <li class={`step ${mark}`}>
      <span class="step-mark" aria-hidden="true">
        {marks[mark]}
      </span>
      <div class="step-head">
        <h4>{title}</h4>
        {when && <span class="when">{when}</span>}
      </div>
      {children}
    </li>
  )
}
