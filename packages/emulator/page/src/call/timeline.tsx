import type { CallHandled, Layer } from '@countersign/emulator'
import type { JSX } from 'preact'
import { attemptsOf } from '../model/attempts.ts'
import { log } from '../store/run.ts'
import { AnswerLayer } from './answer-layer.tsx'
import { AttemptAfter, AttemptBefore } from './attempt-steps.tsx'
import { EndStep } from './end-step.tsx'
import { ForwardedLayer } from './forwarded-layer.tsx'
import { FrontDoorLayer } from './front-door-layer.tsx'
import { IssuedLayer } from './issued-layer.tsx'
import { SentLayer } from './sent-layer.tsx'
import { TokenLayer } from './token-layer.tsx'

/** What happened to the call, in its order: from the token to the answer. */
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
          <OneLayer key={`${call.id} ${index}`} call={call} layer={layer} />
        ))}
        <EndStep call={call} />
        {attempt && <AttemptAfter attempt={attempt} other={attempts[at + 1]} />}
      </ol>
    </section>
  )
}

function OneLayer({ call, layer }: { call: CallHandled; layer: Layer }): JSX.Element {
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
export interface LayerProps<Stage extends Layer['stage']> {
  readonly call: CallHandled
  readonly layer: Extract<Layer, { stage: Stage }>
}
