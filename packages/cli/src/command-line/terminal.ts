import { styleText } from 'node:util'
import { escapeControls } from '@countersign/shared/redact'

type Style = Parameters<typeof styleText>[0]

/** Options that every command has which prints something. */
export interface OutputOptions {
  /** One line of JSON for each thing said, for programs. */
  json?: boolean
}

/** A result, for programs and for people. */
interface Printed {
  data: unknown
  text: string
  /** The text goes out as it is: colours in it are wanted, or a program reads it. @default false */
  isRaw?: boolean
}

/**
 * Writes a result to standard output. Control and bidi characters are escaped: much of what is printed
 * was chosen by whoever answered.
 */
export function print(options: OutputOptions, { data, text, isRaw = false }: Printed): void {
  const lines = isRaw ? text : escapedLines(text)
  process.stdout.write(`${options.json ? escapedJson(data) : lines}\n`)
}

/**
 * Writes something beside the result to standard error, with control and bidi characters escaped.
 */
export function note(text: string, label = ''): void {
  process.stderr.write(`${label}${escapedLines(text)}\n`)
}

function escapedLines(text: string): string {
  return text.split('\n').map(escapeControls).join('\n')
}

/** `JSON.stringify` leaves those as they are that are no control characters of ASCII. */
function escapedJson(data: unknown): string {
  return JSON.stringify(data).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16))
    return units.map((unit) => `\\u${unit.padStart(4, '0')}`).join('')
  })
}

/** Colours text, where a stream is a terminal that wants it: `NO_COLOR` and `FORCE_COLOR` count. */
export function coloured(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream })
}

/** Whoever reads the output may leave early: `countersign dev | head`, or a terminal that is closed. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', hangUp)
}

/** As the system itself tells it, where a terminal is closed: {@link createStopSignals} counts both as one. */
function hangUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  process.kill(process.pid, 'SIGHUP')
}

/** Requests to stop, as Ctrl-C, a supervisor or a closed terminal make them. */
export interface StopSignals extends Disposable {
  /** Resolves at the first one. */
  stop: Promise<void>
  /** Resolves at the second one: somebody is tired of waiting. */
  stopNow: Promise<void>
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Listens for requests to stop, instead of ending at once, until disposed. A closed terminal is one
 * request, however often it is told: by the system, and by each line that can't be written.
 */
export function createStopSignals(): StopSignals {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  let count = 0
  let isHungUp = false
  function listener(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP' && isHungUp) return
    isHungUp ||= signal === 'SIGHUP'
    count += 1
    const request = count === 1 ? first : second
    request.resolve()
  }
  for (const signal of signals) process.on(signal, listener)
  return {
    stop: first.promise,
    stopNow: second.promise,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener)
    },
  }
}
