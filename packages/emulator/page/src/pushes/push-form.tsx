import type { EmulatorState } from '@countersign/emulator'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { sendPush } from '../live/control.ts'
import { readAttributes, readData } from '../model/push-input.ts'
import { useAction } from '../parts/use-action.ts'
import { announce } from '../store/announcement.ts'
import { canAct } from '../store/run.ts'
import { attributeNames, kindNames } from './kind-names.ts'

const speeds = [1, 10, 100, 1_000]

/** Sends a delivery of one of the pushes. */
export function PushForm({ pushes }: { pushes: EmulatorState['pushes'] }): JSX.Element {
  const push = useSignal(pushes[0]?.name ?? '')
  const data = useSignal('{ "hello": "world" }')
  const attributes = useSignal('')
  const speed = useSignal(1)
  const { busy, problem, run } = useAction()
  const kind = pushes.find(({ name }) => name === push.value)?.kind ?? 'pubsub'
  const send = (event: SubmitEvent): void => {
    event.preventDefault()
    void run(async () => {
      await sendPush({
        push: push.value,
        data: readData(data.value),
        attributes: readAttributes(attributes.value),
        speed: speed.value,
      })
      announce(`Sent a delivery of ${push.value}.`)
    })
  }
  return (
    <form class="card" onSubmit={send}>
      <h2>Send a delivery</h2>
      <div class="fields">
        <label>
          Push
          <select
            value={push.value}
            onChange={({ currentTarget }) => {
              push.value = currentTarget.value
            }}
          >
            {pushes.map(({ name, kind: of, to, path }) => (
              <option key={name} value={name}>
                {name} ({kindNames[of]} to {to}, {path})
              </option>
            ))}
          </select>
        </label>
        <label>
          Data
          <textarea
            rows={3}
            spellcheck={false}
            value={data.value}
            onInput={({ currentTarget }) => {
              data.value = currentTarget.value
            }}
          />
        </label>
        <label>
          {attributeNames[kind]}, one a line
          <textarea
            rows={3}
            spellcheck={false}
            placeholder="name=value"
            value={attributes.value}
            onInput={({ currentTarget }) => {
              attributes.value = currentTarget.value
            }}
          />
        </label>
        <label>
          Retries
          <select
            value={speed.value}
            onChange={({ currentTarget }) => {
              speed.value = Number(currentTarget.value)
            }}
          >
            {speeds.map((times) => (
              <option key={times} value={times}>
                {times === 1
                  ? 'as slow as Google’s'
                  : `${times.toLocaleString('en')} times as fast`}
              </option>
            ))}
          </select>
        </label>
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
