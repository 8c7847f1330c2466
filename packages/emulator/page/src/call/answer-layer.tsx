import type { JSX } from 'preact'
import { counted, duration } from '../model/words.ts'
import { Status } from '../parts/texts.tsx'
import { HeaderTable } from './header-table.tsx'
import { Step } from './step.tsx'
import type { LayerProps } from './timeline.tsx'

/** The receiver's verdict and the app's answer. */
export function AnswerLayer({ call, layer }: LayerProps<'answer'>): JSX.Element {
  const { status, code, detail, headers, atMs } = layer
  const isRefused = code !== undefined
  return (
    <>
      <Step
        title={
          isRefused ? (
            <>
              Receiver: refused, <code>{code}</code>
            </>
          ) : (
            'Receiver: no refusal'
          )
        }
        mark={isRefused ? 'stopped' : 'passed'}
      >
        {detail !== undefined && <p>{detail}</p>}
      </Step>
      <Step
        title={
          <>
            {isRefused ? 'Answer' : `Answer of ${call.receiver}`}: <Status status={status} />
          </>
        }
        when={duration(atMs)}
        mark={!isRefused && status >= 400 ? 'stopped' : 'plain'}
      >
        <details>
          <summary>{counted(headers.length, 'header')}</summary>
          <HeaderTable headers={headers} />
        </details>
      </Step>
    </>
  )
}
