import type { CallHandled, HeaderList, Layer } from '@countersign/emulator'
import type { ComponentChildren, JSX } from 'preact'
import { counted, duration } from '../model/words.ts'
import { ClaimsTable, explainClaims } from '../parts/claims.tsx'
import { Breakable, Status } from '../parts/texts.tsx'
import { helpFor, helpForClaim, toleranceText } from './codes.ts'
import { diffHeaders, type HeaderChange } from './diff.ts'

/** One layer of a call, by its stage. */
export function LayerStep({ call, layer }: { call: CallHandled; layer: Layer }): JSX.Element {
  switch (layer.stage) {
    case 'sent':
      return <SentLayer call={call} headers={layer.headers} />
    case 'token':
      return <TokenLayer call={call} layer={layer} />
    case 'front-door':
      return <FrontDoorLayer call={call} layer={layer} />
    case 'forwarded':
      return <ForwardedLayer call={call} layer={layer} />
    case 'answer':
      return <AnswerLayer call={call} layer={layer} />
  }
}

/** What a layer is drawn from. */
interface LayerProps<Stage extends Layer['stage']> {
  call: CallHandled
  layer: Extract<Layer, { stage: Stage }>
}

interface SentLayerProps {
  call: CallHandled
  headers: HeaderList
}

/** What the caller sent. */
function SentLayer({ call, headers }: SentLayerProps): JSX.Element {
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

/** A bearer token of the call; its times are told as of the call. */
function TokenLayer({ call, layer }: LayerProps<'token'>): JSX.Element {
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
            <Breakable text={textOf(claims.aud) ?? 'no audience'} />
          </code>
        </dd>
        <dt>{issuedHere ? 'Of' : 'Says it is of'}</dt>
        <dd>
          <Breakable
            text={textOf(claims.email) ?? textOf(claims.sub) ?? 'nobody: it has no email'}
          />
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

function textOf(claim: unknown): string | undefined {
  if (claim === undefined) return undefined
  return typeof claim === 'string' ? claim : JSON.stringify(claim)
}

/** IAM's verdict. */
function FrontDoorLayer({ layer }: LayerProps<'front-door'>): JSX.Element {
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

/** What the app was handed, beside what the caller had sent. */
function ForwardedLayer({ call, layer }: LayerProps<'forwarded'>): JSX.Element {
  const sent = call.layers.find(({ stage }) => stage === 'sent')
  const before = sent?.stage === 'sent' ? sent.headers : []
  const changes = diffHeaders(before, layer.headers)
  const changed = changes.filter(({ change }) => change !== 'same')
  return (
    <Step title={`Handed to ${call.receiver}`} when={duration(layer.atMs)}>
      {changed.length > 0 ? (
        <HeaderChanges changes={changed} />
      ) : (
        <p>The headers are as they were sent.</p>
      )}
      <details>
        <summary>All {counted(layer.headers.length, 'header')}</summary>
        <HeaderChanges changes={changes} />
      </details>
    </Step>
  )
}

const changeNames = { same: 'same', added: 'added', removed: 'removed', changed: 'changed' }

function HeaderChanges({ changes }: { changes: readonly HeaderChange[] }): JSX.Element {
  return (
    <table class="pairs changes">
      <tbody>
        {changes.map(({ name, before, after, change }, index) => (
          <tr key={index} class={change}>
            <th scope="row">{name}</th>
            <td>
              {change !== 'same' && <span class="tag">{changeNames[change]}</span>}
              {before !== undefined && change !== 'same' && (
                <del>
                  <Breakable text={before} />
                </del>
              )}
              {before !== undefined && change === 'same' && <Breakable text={before} />}
              {after !== undefined && change !== 'same' && (
                <ins>
                  <Breakable text={after} />
                </ins>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The receiver's verdict and the app's answer. */
function AnswerLayer({ call, layer }: LayerProps<'answer'>): JSX.Element {
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

/** Headers in the order they were sent. */
function HeaderTable({ headers }: { headers: HeaderList }): JSX.Element {
  return (
    <table class="pairs">
      <tbody>
        {headers.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>
              <Breakable text={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface StepProps {
  title: ComponentChildren
  /** When, seen from the start of the call. */
  when?: string
  /** `passed` and `stopped` are verdicts; the rest only happened. */
  mark?: 'plain' | 'passed' | 'stopped'
  children?: ComponentChildren
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
