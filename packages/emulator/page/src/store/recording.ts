import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { type EventLog, emptyLog, isEventType, withEvents } from './event-log.ts'

/** A recorded run. */
export interface Recording {
  state: EmulatorState
  log: EventLog
  /** Number of lines that are not events, such as a truncated last line. */
  unreadable: number
}

/** Explains why a file is not a recording. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/** More than for a live run: the user chose this run. */
const keptOfRecording = 50_000

/**
 * Reads a file of `countersign dev --record FILE`: JSON Lines, with the state of the emulator in
 * the first line.
 *
 * @throws {RecordingError} if the file is something else
 */
export function readRecording(text: string): Recording {
  const [first = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '')
  const state = stateOf(parsed(first))
  const events = lines.map(parsed).filter(isEvent)
  const inOrder = events.toSorted((one, other) => one.id - other.id)
  return {
    state,
    log: withEvents(emptyLog, inOrder, keptOfRecording),
    unreadable: lines.length - events.length,
  }
}

function stateOf(header: unknown): EmulatorState {
  if (!isObject(header) || header.countersign !== 'recording') {
    throw new RecordingError(
      'This is not a recording: its first line is not the one that countersign dev --record writes.',
    )
  }
  if (header.version !== 1) {
    throw new RecordingError(
      `This recording has version ${header.version}, but this page reads only version 1: open it with the emulator that wrote it.`,
    )
  }
  if (isState(header.state)) return header.state
  throw new RecordingError('The first line of this recording does not list the services.')
}

function isState(value: unknown): value is EmulatorState {
  const lists = ['services', 'edges', 'pushes', 'drills']
  return isObject(value) && lists.every((name) => Array.isArray(value[name]))
}

function isEvent(value: unknown): value is EmulatorEvent {
  if (!isObject(value)) return false
  const { id, at, type, layers, path } = value
  if (typeof id !== 'number' || typeof at !== 'number') return false
  if (type === 'call') return Array.isArray(layers)
  if (type === 'refusal') return typeof path === 'string'
  return typeof type === 'string' && isEventType(type)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
