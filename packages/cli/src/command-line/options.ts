import { InvalidArgumentError } from 'commander'

/** The default port of `countersign emulator` and `countersign dev`. */
export const defaultPort = 8790

/** Reads a port from the command line. */
export function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError('Write a number from 1 to 65535, or 0 for a free port.')
}

/** Reads a whole number from the command line. */
export function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a whole number.')
}

/** Reads a number above 0 from the command line. */
export function factor(text: string): number {
  const value = Number(text)
  if (/^\d*\.?\d+$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('Write a number above 0.')
}

/** Collects the values of an option that can be repeated. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** The examples in a help text: commands, each with what it does. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((line) => line.length))
  const shown = Object.entries(lines).map(([line, what]) => `  $ ${line.padEnd(width)}   # ${what}`)
  return `\nExamples:\n${shown.join('\n')}`
}

/** Parses a text as JSON; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
