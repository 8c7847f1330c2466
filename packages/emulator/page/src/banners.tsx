import type { JSX } from 'preact'
import { counted, timeOfDay } from './model/words.ts'
import { closeRecording } from './open-recording.tsx'
import { connection, listed, recording, state } from './store/run.ts'

/** Notices above all views: an open recording, or an emulator that does not answer. */
export function Banners(): JSX.Element | null {
  if (recording.value) return <RecordingBanner />
  return connection.value === 'gone' ? <GoneBanner /> : null
}

function RecordingBanner(): JSX.Element {
  const { name = '', unreadable = 0 } = recording.value ?? {}
  return (
    <section class="banner recorded" aria-label="Open recording">
      <p>
        <strong>Recording</strong> <span class="file">{name}</span> {spanOf()}
        {unreadable > 0 && ` ${counted(unreadable, 'line')} could not be read.`}
      </p>
      <button type="button" class="button" onClick={closeRecording}>
        Close recording
      </button>
    </section>
  )
}

function spanOf(): string {
  const calls = listed.value
  const [first, last] = [calls[0], calls.at(-1)]
  if (!first || !last) return 'contains no calls.'
  const day = new Date(first.at).toLocaleDateString('en', { dateStyle: 'medium' })
  return `${counted(calls.length, 'call')}, ${day}, ${timeOfDay(first.at)} to ${timeOfDay(last.at)}.`
}

function GoneBanner(): JSX.Element {
  return (
    <section class="banner gone" aria-label="Connection">
      <p>
        <strong>The emulator does not answer.</strong>{' '}
        {state.value
          ? 'The page keeps what it has received, and reconnects automatically.'
          : 'Start it with npx countersign dev; the page connects automatically. You can open recordings and inspect tokens without it.'}
      </p>
    </section>
  )
}
