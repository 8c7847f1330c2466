import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { stopperOf } from '../model/outcome.ts'
import { duration } from '../model/words.ts'
import { Status } from '../parts/texts.tsx'
import { Step } from './step.tsx'

/** The end of a call that came to no layer of its own: a drill answered, or the caller hung up. */
export function EndStep({ call }: { call: CallHandled }): JSX.Element | null {
  const { status, drill, durationMs } = call
  const when = duration(durationMs)
  switch (stopperOf(call)) {
    case 'drill':
      return (
        <Step
          title={
            <>
              Drill {drill} answered: <Status status={status} isBad />
            </>
          }
          mark="stopped"
          when={when}
        />
      )
    case 'caller':
      return <Step title="The caller hung up" mark="stopped" when={when} />
    default:
      return null
  }
}
