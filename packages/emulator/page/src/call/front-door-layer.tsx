import type { JSX } from 'preact'
import { helpFor, helpForClaim, toleranceText } from '../model/codes.ts'
import { duration } from '../model/words.ts'
import { Step } from './step.tsx'
import type { LayerProps } from './timeline.tsx'

/** IAM's verdict. */
export function FrontDoorLayer({ layer }: LayerProps<'front-door'>): JSX.Element {
  const { verdict, claim, expected, tolerance, atMs } = layer
  if (verdict === 'admitted') {
    return (
      <Step title="Front door: admitted" mark="passed" when={duration(atMs)}>
        {tolerance && <p>{toleranceText(tolerance)}</p>}
      </Step>
    )
  }
  return (
    <Step
      title={
        <>
          Front door: refused, <code>{verdict}</code>
        </>
      }
      mark="stopped"
      when={duration(atMs)}
    >
      <p>
        {(claim === undefined ? undefined : helpForClaim(claim))?.means ??
          helpFor(verdict, 'front-door')?.means}
        {verdict === 'app_unreachable' && expected && ` The app should be at ${expected[0]}.`}
        {claim !== undefined && (
          <>
            {' '}
            The claim is <code>{claim}</code>.
          </>
        )}
      </p>
    </Step>
  )
}
