import { styleText } from 'node:util'
import { escapeControls } from '@countersign/shared/redact'

type Style = Parameters<typeof styleText>[0]

/** The options of every command that prints a result. */
export interface OutputOptions {
  /** Print each result as one line of JSON, for programs. */
  json?: boolean
}

/** A result, for programs and for people. */
interface Printed {
  data: unknown
  text: string
  /** Print the text unescaped: it has colours, or a program reads it. @default false */
  isRaw?: boolean
}

/**
 * Writes a result to standard output. Control and bidi characters are escaped: much of the text comes from
 * the service or emulator that answered.
 */
export function print(options: OutputOptions, { data, text, isRaw = false }: Printed): void {
  const lines = isRaw ? text : escapedLines(text)
  process.stdout.write(`${options.json ? escapedJson(data) : lines}\n`)
}

/**
 * Writes a message to standard error, with control and bidi characters escaped.
 */
export function note(text: string, label = ''): void {
  process.stderr.write(`${label}${escapedLines(text)}\n`)
}

function escapedLines(text: string): string {
  return text.split('\n').map(escapeControls).join('\n')
}

/**
 * Writes a body to standard output. Programs get it byte for byte. On a terminal control characters are escaped,
 * apart from tabs and line breaks, since the service that answered chose them, and it ends with a line break.
 */
export function writeBody(body: string): void {
  const { isTTY } = process.stdout
  if (!isTTY || body === '') return void process.stdout.write(body)
  const parts = body.split(/(\t|\r?\n)/)
  const shown = parts.map((part, index) => (index % 2 === 0 ? escapeControls(part) : part)).join('')
  process.stdout.write(body.endsWith('\n') ? shown : `${shown}\n`)
}

/** `JSON.stringify` escapes only the control characters of ASCII. */
function escapedJson(data: unknown): string {
  return JSON.stringify(data).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16))
    return units.map((unit) => `\\u${unit.padStart(4, '0')}`).join('')
  })
}

/** Colours text if the stream is a terminal; follows `NO_COLOR` and `FORCE_COLOR`. */
export function coloured(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream })
}

/** Ends the command if its output is closed: `countersign dev | head`, or a closed terminal. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', hangUp)
}

/** Sends SIGHUP, as the system does for a closed terminal: {@link createStopSignals} counts both as one. */
function hangUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  process.kill(process.pid, 'SIGHUP')
}

/** Requests to stop, made by Ctrl-C, a supervisor or a closed terminal. */
export interface StopSignals extends Disposable {
  /** Resolves at the first one. */
  stop: Promise<void>
  /** Resolves at the second one, which asks to stop without waiting. */
  stopNow: Promise<void>
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Listens for requests to stop, until disposed, so that the process doesn't end at once. A closed terminal
 * is one request, although several signals report it: one from the system, and one for each line that
 * can't be written.
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
