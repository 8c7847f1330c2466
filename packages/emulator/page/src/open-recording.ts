import { signal } from '@preact/signals'
import { announce } from './store/announcement.ts'
import { resume } from './store/following.ts'
import { go, route } from './store/location.ts'
import { readRecording } from './store/recording.ts'
import { recording } from './store/run.ts'

/** Why a file could not be opened. */
export const recordingProblem = signal('')

/**
 * Shows a recording in place of what happens now. The file is read in the page and sent nowhere.
 *
 * @param file what the user chose or dropped
 */
export async function openRecording(file: File): Promise<void> {
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

/** Shows again what happens now. */
export function closeRecording(): void {
  recording.value = undefined
  resume()
  go({ call: undefined })
}
