import type { CallHandled } from '@countersign/emulator'
import type { JSX } from 'preact'
import { callCommand } from '../model/call-command.ts'
import { CopyButton } from '../parts/controls.tsx'
import { running } from '../store/run.ts'

/** The command that makes the call again, and what is not as it was; or why there is none. */
export function CopyCommand({ call }: { call: CallHandled }): JSX.Element {
  const result = callCommand(call, running.value, location.hostname)
  if ('reason' in result) {
    return <p class="hint">No command makes this call: {result.reason}.</p>
  }
  const { command, notes } = result
  return (
    <>
      <CopyButton text={command}>Copy as command</CopyButton>
      {notes.length > 0 && <p class="hint">As a command: {notes.join('; ')}.</p>}
    </>
  )
}
