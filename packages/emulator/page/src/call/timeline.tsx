import type { CallHandled, TokenIssued } from '@countersign/emulator'
import type { JSX } from 'preact'
import { stopperOf } from '../model/outcome.ts'
import { beside, duration } from '../model/words.ts'
import { Link } from '../parts/controls.tsx'
import { Breakable, Status } from '../parts/texts.tsx'
import { log } from '../store/run.ts'
import { type Attempt, attemptsOf, attemptWords } from './attempts.ts'
import { LayerStep, Step } from './layers.tsx'

/** The steps of the call in order, from its token to the answer. */
export function Timeline({ call }: { call: CallHandled }): JSX.Element {
  const issued = log.value.tokens.find(({ id }) => id === call.token)
  const attempts = attemptsOf(call, log.value.calls)
  const at = attempts.findIndex((one) => one.call.id === call.id)
  const attempt = attempts[at]
  return (
    <section aria-labelledby="layers-heading">
      <h3 id="layers-heading">Layers</h3>
      <ol class="timeline">
        {attempt && <AttemptBefore attempt={attempt} other={attempts[at - 1]} />}
        <IssuedLayer call={call} issued={issued} />
        {call.layers.map((layer, index) => (
          <LayerStep key={`${call.id} ${index}`} call={call} layer={layer} />
        ))}
        <EndStep call={call} />
        {attempt && <AttemptAfter attempt={attempt} other={attempts[at + 1]} />}
      </ol>
    </section>
  )
}

interface AttemptStepProps {
  attempt: Attempt
  /** The attempt before or after, if there is one. */
  other: Attempt | undefined
}

/** First step of a call that repeats an earlier attempt. */
function AttemptBefore({ attempt, other }: AttemptStepProps): JSX.Element | null {
  if (!other) return null
  return (
    <Step title={`Attempt ${attempt.number}, ${attemptWords[attempt.token]}`}>
      <OtherAttempt attempt={attempt} other={other} />
    </Step>
  )
}

/** Last step of a call that was repeated. */
function AttemptAfter({ attempt, other }: AttemptStepProps): JSX.Element | null {
  if (!other) return null
  return (
    <Step title={`Tried again, ${attemptWords[other.token]}`}>
      <OtherAttempt attempt={attempt} other={other} />
    </Step>
  )
}

function OtherAttempt({ attempt, other }: { attempt: Attempt; other: Attempt }): JSX.Element {
  const { id, at, status } = other.call
  return (
    <p>
      <Link to={{ call: id }}>Attempt {other.number}</Link> <Status status={status} />{' '}
      <span class="when">{beside(at, attempt.call.at)}</span>
    </p>
  )
}

interface IssuedLayerProps {
  call: CallHandled
  issued: TokenIssued | undefined
}

/** Where the token of the call came from. */
function IssuedLayer({ call, issued }: IssuedLayerProps): JSX.Element | null {
  if (call.token === undefined) return null
  if (!issued)
    return <Step title="Token issued here">The event of this token is no longer kept.</Step>
  const { from, endpoint, service, account, audience, durationMs, drill } = issued
  return (
    <Step
      title={from === 'cached' ? 'Token from the cache' : 'Token minted'}
      when={`${duration(call.at - issued.at)} before, took ${duration(durationMs)}`}
    >
      <dl class="facts">
        <dt>Issued by</dt>
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

/** Last step of a call that ended without a layer: a drill answered, or the caller disconnected. */
function EndStep({ call }: { call: CallHandled }): JSX.Element | null {
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
      return <Step title="The caller disconnected" mark="stopped" when={when} />
    default:
      return null
  }
}
