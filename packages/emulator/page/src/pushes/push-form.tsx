import type { EmulatorState, PushAttempted } from '@countersign/emulator'
import { type Signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useAction } from '../parts/controls.tsx'
import { SelectField, TextAreaField } from '../parts/fields.tsx'
import { announce } from '../store/announcement.ts'
import { sendPush } from '../store/control.ts'
import { canAct } from '../store/run.ts'
import { attributeNames, kindNames, readAttributes } from './push-kinds.ts'

interface PushFormProps {
  /** At least one. */
  pushes: EmulatorState['pushes']
}

/** Form that sends a delivery of a push. */
export function PushForm({ pushes }: PushFormProps): JSX.Element {
  const name = useSignal('')
  const [data, attributes] = [useSignal('{ "hello": "world" }'), useSignal('')]
  const speed = useSignal<Speed>('1')
  const { busy, problem, run } = useAction()
  const push = pushes.find((one) => one.name === name.value) ?? pushes[0]
  function send(event: SubmitEvent): void {
    event.preventDefault()
    void run(async () => {
      await sendPush({
        push: push?.name ?? '',
        data: data.value,
        attributes: readAttributes(attributes.value),
        speed: Number(speed.value),
      })
      announce(`Sent a delivery of ${push?.name}.`)
    })
  }
  return (
    <form class="card" onSubmit={send}>
      <h2>Send a delivery</h2>
      <div class="fields">
        <SelectField
          label="Push"
          value={push?.name ?? ''}
          options={pushes.map(({ name: value, kind, to, path }) => {
            return { value, text: `${value} (${kindNames[kind]} to ${to}, ${path})` }
          })}
          choose={(value) => {
            name.value = value
          }}
        />
        <SelectField
          label="Retries"
          value={speed.value}
          options={speeds}
          choose={(value) => {
            speed.value = value
          }}
        />
        <PushContent kind={push?.kind ?? 'pubsub'} data={data} attributes={attributes} />
      </div>
      <p class="actions">
        <button type="submit" class="button primary" disabled={busy.value || !canAct.value}>
          {busy.value ? 'Sending…' : 'Send'}
        </button>
        {problem.value && <span class="problem">{problem}</span>}
      </p>
    </form>
  )
}

interface PushContentProps {
  kind: PushAttempted['kind']
  data: Signal<string>
  attributes: Signal<string>
}

/** Fields for the content of a delivery, with the terms of the product. */
function PushContent({ kind, data, attributes }: PushContentProps): JSX.Element {
  return (
    <>
      <TextAreaField
        label="Data"
        value={data.value}
        enter={(value) => {
          data.value = value
        }}
      />
      <TextAreaField
        label={`${attributeNames[kind]}, one per line`}
        placeholder="name=value"
        value={attributes.value}
        enter={(value) => {
          attributes.value = value
        }}
      />
    </>
  )
}

type Speed = (typeof speeds)[number]['value']

const speeds = [
  { value: '1', text: 'at Google’s speed' },
  { value: '10', text: '10 times as fast' },
  { value: '100', text: '100 times as fast' },
  { value: '1000', text: '1,000 times as fast' },
] as const
