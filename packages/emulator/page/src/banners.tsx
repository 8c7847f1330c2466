import type { JSX } from 'preact'
import { counted, timeOfDay } from './model/words.ts'
import { closeRecording } from './open-recording.tsx'
import { connection, log, recording, state } from './store/run.ts'

/** What holds for all views: an open recording, or an emulator that went away. */
export function Banners(): JSX.Element | null {
  if (recording.value) return <RecordingBanner />
  return connection.value === 'gone' ? <GoneBanner /> : null
}

function RecordingBanner(): JSX.Element {
  const { name = '', unreadable = 0 } = recording.value ?? {}
  return (
    <section class="banner recorded" aria-label="Recording that is open">
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
  const { calls } = log.value
  const [first, last] = [calls[0], calls.at(-1)]
  if (!first || !last) return 'holds no calls.'
  const day = new Date(first.at).toLocaleDateString('en', { dateStyle: 'medium' })
  return `${counted(calls.length, 'call')}, ${day}, ${timeOfDay(first.at)} to ${timeOfDay(last.at)}.`
}

function GoneBanner(): JSX.Element {
  return (
    <section class="banner gone" aria-label="Connection">
      <p>
        <strong>The emulator does not answer.</strong>{' '}
        {state.value
          ? 'What is known stays here; the page connects again by itself.'
          : 'Start it with countersign dev; the page connects by itself. Recordings and tokens can be looked at without it.'}
      </p>
    </section>
  )
}
