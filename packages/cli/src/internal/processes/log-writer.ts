import { coloured, type OutputOptions, say } from '../../command-line/terminal.ts'
import type { LogLine } from './service-process.ts'

const colours = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const

/** What the command itself says between the services' lines. */
export const ownName = 'countersign'

/**
 * Writes the lines of several services so that each says whose it is.
 *
 * @param names of the services
 * @param options in which form
 */
export function logWriter(
  names: readonly string[],
  options: OutputOptions,
): (line: LogLine) => void {
  const width = Math.max(...[ownName, ...names].map((name) => name.length))
  const prefixes = new Map(
    names.map((name, index) => {
      const colour = colours[index % colours.length] ?? 'cyan'
      return [name, coloured(colour, `${name.padEnd(width)} |`)]
    }),
  )
  const own = coloured('bold', `${ownName.padEnd(width)} |`)
  return (line) => {
    const text = `${prefixes.get(line.service) ?? own} ${line.line}`
    say(options, { data: line, text, isRaw: true })
  }
}
