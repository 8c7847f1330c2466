import type { CallHandled, HeaderList } from '@countersign/emulator'
import type { JSX } from 'preact'
import { counted } from '../model/words.ts'
import { HeaderTable } from './header-table.tsx'
import { Step } from './step.tsx'

interface SentLayerProps {
  readonly call: CallHandled
  readonly headers: HeaderList
}

/** What the caller sent. */
export function SentLayer({ call, headers }: SentLayerProps): JSX.Element {
  return (
    <Step title="Sent by the caller" when="0 ms">
      <p class="request-line">
        <span class="method">{call.method}</span> <span>{call.target}</span>
      </p>
      <details>
        <summary>{counted(headers.length, 'header')}</summary>
        <HeaderTable headers={headers} />
      </details>
    </Step>
  )
}
