import { signal, useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { announce } from './store/announcement.ts'
import { resume } from './store/following.ts'
import { go, route } from './store/location.ts'
import { readRecording } from './store/recording.ts'
import { recording } from './store/run.ts'

/** Why the last file could not be opened, or an empty text. */
const recordingProblem = signal('')

/**
 * Shows a recording instead of the live run. The file is read in the page and not sent anywhere.
 */
async function openRecording(file: File): Promise<void> {
  try {
    const opened = readRecording(await file.text())
    recordingProblem.value = ''
    recording.value = { ...opened, name: file.name }
    resume()
    go({ call: undefined, view: route.value.view === 'graph' ? 'graph' : 'calls' })
    announce(`Opened the recording ${file.name}.`)
  } catch (error) {
    recordingProblem.value = `${file.name}: ${error instanceof Error ? error.message : error}`
    announce(recordingProblem.value)
  }
}

/** Shows the live run again. */
export function closeRecording(): void {
  recording.value = undefined
  resume()
  go({ call: undefined })
}

/** Button that opens a recording from a file. */
export function OpenRecordingButton(): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  function chosen(): void {
    const [file] = input.current?.files ?? []
    if (file) void openRecording(file)
    // Lets the user choose the same file again, for example after a new run.
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

/** Wraps the page: a recording can be dropped anywhere on it. */
export function RecordingDrop({ children }: { children: ComponentChildren }): JSX.Element {
  const isOver = useSignal(false)
  function over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    isOver.value = true
  }
  function leave(event: DragEvent): void {
    if (event.relatedTarget === null) isOver.value = false
  }
  function drop(event: DragEvent): void {
    event.preventDefault()
    isOver.value = false
    const [file] = event.dataTransfer?.files ?? []
    if (file) void openRecording(file)
  }
  return (
    <div class="page" onDragOver={over} onDragLeave={leave} onDrop={drop}>
      {children}
      {isOver.value && <p class="drop-mark">Drop the recording to open it</p>}
      <Problem />
    </div>
  )
}

function Problem(): JSX.Element | null {
  if (!recordingProblem.value) return null
  function close(): void {
    recordingProblem.value = ''
  }
  return (
    <section class="toast" aria-label="Problem">
      <p>{recordingProblem}</p>
      <button type="button" class="button" onClick={close}>
        Dismiss
      </button>
    </section>
  )
}
