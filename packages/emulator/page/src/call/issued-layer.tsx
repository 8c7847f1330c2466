import type { CallHandled, TokenIssued } from '@countersign/emulator'
import type { JSX } from 'preact'
import { duration } from '../model/words.ts'
import { Breakable } from '../parts/texts.tsx'
import { Step } from './step.tsx'

interface IssuedLayerProps {
  readonly call: CallHandled
  readonly issued: TokenIssued | undefined
}

/** Where the call's token came from. */
export function IssuedLayer({ call, issued }: IssuedLayerProps): JSX.Element | null {
  if (call.token === undefined) return null
  if (!issued) return <Step title="Token issued here">Its event is not kept any more.</Step>
  const { from, endpoint, service, account, audience, durationMs, drill } = issued
  return (
    <Step
      title={from === 'cached' ? 'Token handed out from the cache' : 'Token minted'}
      when={`${duration(call.at - issued.at)} before, took ${duration(durationMs)}`}
    >
      <dl class="facts">
        <dt>By</dt>
        <dd>
          {service ? `metadata server of ${service}` : endpoint}
          {drill !== undefined && `, changed by drill ${drill}`}
        </dd>
        {account && (
          <>
            <dt>Account</dt>
            <dd>
              <Breakable text={account} />
            </dd>
          </>
        )}
        {audience && (
          <>
            <dt>Audience</dt>
            <dd>
              <code>
                <Breakable text={audience} />
              </code>
            </dd>
          </>
        )}
      </dl>
    </Step>
  )
}
