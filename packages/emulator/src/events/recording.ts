import { type FileHandle, open } from 'node:fs/promises'
import type { EmulatorState } from '../events.ts'
import type { EventLog } from './event-log.ts'

/** A file that gets the events of an emulator. */
export interface Recording {
  /** Resolves once all events of a closed log are written. */
  done: Promise<void>
}

/** Options of {@link startRecording}. */
export interface RecordingOptions {
  log: EventLog
  /** The state of the emulator, for the first line. */
  state: EmulatorState
}

/**
 * Records the events of a log into a file, one JSON object a line, until the log is closed. Each
 * event is written as it happens, so that the recording of a killed run is complete up to then.
 *
 * @param file a path; an existing file is overwritten
 * @throws {Error} if the file can't be written
 */
export async function startRecording(
  file: string,
  { log, state }: RecordingOptions,
): Promise<Recording> {
  const handle = await opened(file, firstLine(state))
  // A full disk must not end the run that is being recorded.
  return { done: record(log, handle).catch((error: Error) => warn(file, error)) }
}

async function record(log: EventLog, handle: FileHandle): Promise<void> {
  try {
    for await (const entry of log.follow()) if (entry) await handle.writeFile(`${entry.json}\n`)
  } finally {
    await handle.close()
  }
}

/**
 * Fails at start-up if the file can't be written: a run can often not be repeated for its
 * recording.
 */
async function opened(file: string, line: string): Promise<FileHandle> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'w')
    await handle.writeFile(line)
    return handle
  } catch (cause) {
    await handle?.close()
    throw new Error(
      `record must be a file that can be written, but ${file} can't (${(cause as Error).message}): write a path in a folder that exists and is writable`,
      { cause },
    )
  }
}

function firstLine(state: EmulatorState): string {
  return `${JSON.stringify({ countersign: 'recording', version: 1, state })}\n`
}

function warn(file: string, { message }: Error): void {
  process.emitWarning(`The recording ${file} ends early: ${message}`, 'CountersignWarning')
}
