import type { EmulatorEvent, EmulatorState } from '@countersign/emulator'
import { type EventLog, emptyLog, isEventType, withEvents } from './event-log.ts'

/** A run that was recorded. */
export interface Recording {
  state: EmulatorState
  log: EventLog
  /** Lines that are no events: the last one, say, of a run that was cut off. */
  unreadable: number
}

/** A file is no recording, and why. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/** More than a live run keeps: somebody chose this very run. */
const keptOfRecording = 50_000

/**
 * Reads what `countersign dev --record FILE` wrote: JSON Lines, the first of which says what the
 * emulator was made of.
 *
 * @param text the file's content
 * @throws RecordingError where it is something else
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
      'This is no recording: its first line is not the one that countersign dev --record writes.',
    )
  }
  if (header.version !== 1) {
    throw new RecordingError(
      `This recording has version ${header.version}, and this page reads version 1. Open it with the emulator that wrote it.`,
    )
  }
  if (isState(header.state)) return header.state
  throw new RecordingError('The first line of this recording lacks the services.')
}

function isState(value: unknown): value is EmulatorState {
  const lists = ['services', 'edges', 'pushes', 'drills']
  return isObject(value) && lists.every((name) => Array.isArray(value[name]))
}

function isEvent(value: unknown): value is EmulatorEvent {
  if (!isObject(value)) return false
  const { id, at, type, layers } = value
  if (typeof id !== 'number' || typeof at !== 'number') return false
  if (type === 'call') return Array.isArray(layers)
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
