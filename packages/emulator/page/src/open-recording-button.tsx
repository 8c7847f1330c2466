import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { openRecording } from './open-recording.ts'

/** Opens a recording from a file. */
export function OpenRecordingButton(): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  const chosen = (): void => {
    const [file] = input.current?.files ?? []
    if (file) void openRecording(file)
    // So that the same file can be chosen again, after a new run, say.
    if (input.current) input.current.value = ''
  }
  return (
    <>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        Open<span class="rest-of-title"> recording</span>…
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="Recording"
        accept=".jsonl,.ndjson,.json,.txt"
        onChange={chosen}
      />
    </>
  )
}
