import { InvalidArgumentError } from 'commander'

/** Where `countersign emulator` and `countersign dev` listen unless told otherwise. */
export const defaultPort = 8790

/** Reads a port off the command line. */
export function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError('Write a number from 1 to 65535, or 0 for any free one.')
}

/** Reads a whole number off the command line. */
export function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a whole number.')
}

/** Reads a number above 0 off the command line. */
export function factor(text: string): number {
  const value = Number(text)
  if (/^\d*\.?\d+$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('Write a number above 0.')
}

/** Collects an option that may be given again. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** The part of a help text that shows how a command is used. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((line) => line.length))
  const shown = Object.entries(lines).map(([line, what]) => `  $ ${line.padEnd(width)}   # ${what}`)
  return `\nExamples:\n${shown.join('\n')}`
}

/** What a text says as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
