import type { JSX } from 'preact'
import { counted } from '../model/words.ts'
import { ClaimsTable, explainClaims } from '../parts/claims.tsx'
import { Breakable } from '../parts/texts.tsx'
import { Step } from './step.tsx'
import type { LayerProps } from './timeline.tsx'

/** A bearer token of the call; its times are told as of the call. */
export function TokenLayer({ call, layer }: LayerProps<'token'>): JSX.Element {
  const { claims, header, kid, issuedHere } = layer
  const explained = explainClaims(claims, call.at)
  return (
    <Step
      title={
        <>
          Token in <code>{header}</code>
        </>
      }
    >
      <dl class="facts">
        <dt>For</dt>
        <dd>
          <code>
            <Breakable text={text(claims.aud) ?? 'no audience'} />
          </code>
        </dd>
        <dt>{issuedHere ? 'Of' : 'Says it is of'}</dt>
        <dd>
          <Breakable text={text(claims.email) ?? text(claims.sub) ?? 'nobody: it has no email'} />
        </dd>
        <dt>Signed</dt>
        <dd>
          {issuedHere ? 'by this emulator' : 'not by this emulator'}
          {kid !== undefined && (
            <>
              , key <code>{kid}</code>
            </>
          )}
        </dd>
      </dl>
      <details>
        <summary>{counted(explained.length, 'claim')}</summary>
        <ClaimsTable claims={explained} />
      </details>
    </Step>
  )
}

function text(claim: unknown): string | undefined {
  if (claim === undefined) return undefined
  return typeof claim === 'string' ? claim : JSON.stringify(claim)
}
