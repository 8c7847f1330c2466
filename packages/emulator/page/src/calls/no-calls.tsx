import type { EmulatorState } from '@countersign/emulator'
import type { JSX } from 'preact'
import { networkNotes } from '../call/command.ts'
import { CopyButton } from '../parts/controls.tsx'
import { clearFilter } from '../store/location.ts'
import { connection, recording, state } from '../store/run.ts'

/** Shown before the first call: how to make one. */
export function NoCalls(): JSX.Element {
  if (recording.value) return <Empty title="This recording contains no calls" />
  if (connection.value === 'connecting') return <Empty title="Connecting to the emulator" />
  return state.value ? <FirstCall state={state.value} /> : <Empty title="Nothing to show" />
}

/** Shown if there are calls, but none matches the filter. */
export function NoMatch(): JSX.Element {
  return (
    <div class="empty small">
      <h2>No calls match</h2>
      <button type="button" class="button" onClick={clearFilter}>
        Clear the filter
      </button>
    </div>
  )
}

function Empty({ title }: { title: string }): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
    </div>
  )
}

function FirstCall({ state }: { state: EmulatorState }): JSX.Element {
  const example = exampleOf(state)
  return (
    <div class="empty">
      <h2>No calls yet</h2>
      <p>
        Every call to a service’s front door appears here, with the claims of its token and with
        what admitted or refused it.
      </p>
      {example ? (
        <Commands {...example} />
      ) : (
        <p>No service in the policy has a URL that can be called.</p>
      )}
      {networkNotes(state.url, location.hostname).map((note) => (
        <p key={note} class="hint">
          These commands work {note}.
        </p>
      ))}
    </div>
  )
}

function Commands({ asService, anonymously }: Example): JSX.Element {
  return (
    <ul class="first-calls">
      <li>
        <p>{asService.title}</p>
        <Command text={asService.command} />
      </li>
      <li>
        <p>{anonymously.title}</p>
        <Command text={anonymously.command} />
      </li>
    </ul>
  )
}

function Command({ text }: { text: string }): JSX.Element {
  return (
    <div class="command">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text}>Copy</CopyButton>
    </div>
  )
}

interface Example {
  asService: { title: string; command: string }
  anonymously: { title: string; command: string }
}

function exampleOf({ services, edges, url }: EmulatorState): Example | undefined {
  const callable = services.filter(({ frontDoor }) => frontDoor !== undefined)
  const edge = edges.find(({ to }) => callable.some(({ name }) => name === to))
  const called = callable.find(({ name }) => name === edge?.to) ?? callable[0]
  if (!called) return undefined
  const caller = edge?.from ?? called.name
  return {
    asService: {
      title: `As ${caller}, with a token:`,
      command: `npx countersign call ${called.name} / --as ${caller} --emulator ${url}`,
    },
    anonymously: {
      title: `Without a token, directly to the front door of ${called.name}:`,
      command: `curl -i ${called.frontDoor}/`,
    },
  }
}
