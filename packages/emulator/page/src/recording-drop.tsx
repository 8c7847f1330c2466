import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { openRecording, recordingProblem } from './open-recording.ts'

/** The whole page takes a recording that is dropped on it. */
export function RecordingDrop({ children }: { children: ComponentChildren }): JSX.Element {
  const isOver = useSignal(false)
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    isOver.value = true
  }
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) isOver.value = false
  }
  const drop = (event: DragEvent): void => {
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
  const close = (): void => {
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
