import type { CallHandled, HeaderList, Layer } from '@countersign/emulator'
import type { ComponentChildren, JSX } from 'preact'
import { counted, duration } from '../model/words.ts'
import { ClaimsTable, explainClaims } from '../parts/claims.tsx'
import { Link } from '../parts/controls.tsx'
import { Breakable, Status } from '../parts/texts.tsx'
import { log } from '../store/run.ts'
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

/** Props of a layer of the given stage. */
interface LayerProps<Stage extends Layer['stage']> {
  call: CallHandled
  layer: Extract<Layer, { stage: Stage }>
}

interface SentLayerProps {
  call: CallHandled
  headers: HeaderList
}

/** The request as the caller sent it. */
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

/** A bearer token of the call; times are relative to the call. */
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
        <dt>Audience</dt>
        <dd>
          <code>
            <Breakable text={textOf(claims.aud) ?? 'none'} />
          </code>
        </dd>
        <dt>{issuedHere ? 'Account' : 'Claimed account'}</dt>
        <dd>
          <Breakable
            text={textOf(claims.email) ?? textOf(claims.sub) ?? 'none: the token has no email'}
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

/** The verdict of the front door, which stands for IAM. */
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
        {verdict === 'app_unreachable' && expected && ` The app is expected at ${expected[0]}.`}
        {claim !== undefined && (
          <>
            {' '}
            The wrong claim is <code>{claim}</code>.
          </>
        )}
      </p>
    </Step>
  )
}

/** The headers that the app received, compared with those that the caller sent. */
function ForwardedLayer({ call, layer }: LayerProps<'forwarded'>): JSX.Element {
  const sent = call.layers.find(({ stage }) => stage === 'sent')
  const before = sent?.stage === 'sent' ? sent.headers : []
  const changes = diffHeaders(before, layer.headers)
  const changed = changes.filter(({ change }) => change !== 'same')
  return (
    <Step title={`Forwarded to ${call.receiver}`} when={duration(layer.atMs)}>
      {changed.length > 0 ? <HeaderChanges changes={changed} /> : <p>The headers are unchanged.</p>}
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

/** The verdict of the receiver, as far as the answer shows it, and the answer of the app. */
function AnswerLayer({ call, layer }: LayerProps<'answer'>): JSX.Element {
  const { status, code, detail, headers, atMs } = layer
  const isRefused = code !== undefined
  return (
    <>
      {isRefused ? (
        <Step
          title={
            <>
              Receiver: refused, <code>{code}</code>
            </>
          }
          mark="stopped"
        >
          {detail !== undefined && <p>{detail}</p>}
        </Step>
      ) : (
        <UnseenReceiver call={call} />
      )}
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

/**
 * An answer without a refusal does not show whether verifyCaller checked the call: it adds nothing
 * to the answers that it lets through. Only its refusals prove that a service has it.
 */
function UnseenReceiver({ call }: { call: CallHandled }): JSX.Element {
  const { receiver } = call
  const proof = log.value.calls.findLast((other) => {
    return other.receiver === receiver && other.refusedBy === 'receiver'
  })
  if (!proof) {
    return (
      <Step title="Receiver: not seen, no verifyCaller answered">
        <p>
          Either verifyCaller let the call through, or {receiver} does not use it: the answers look
          the same. In this run it has refused no call of {receiver}.
        </p>
      </Step>
    )
  }
  return (
    <Step title="Receiver: did not refuse">
      <p>
        {receiver} uses verifyCaller: it refused{' '}
        <Link to={{ call: proof.id }}>
          {proof.method} {proof.target}
        </Link>{' '}
        in this run. The answer does not show whether it checks this route too.
      </p>
    </Step>
  )
}

/** Table of headers, in the order they were sent. */
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
  /** Time since the start of the call. */
  when?: string
  /** `passed` and `stopped` are verdicts; `plain` is not a verdict. */
  mark?: 'plain' | 'passed' | 'stopped'
  children?: ComponentChildren
}

const marks = { plain: '', passed: '✓', stopped: '✕' }

/** One step of the timeline. */
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
