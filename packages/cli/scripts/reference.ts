import type { Command } from 'commander'
import { createProgram } from '../src/program.ts'

/** The page that lists every command. */
export const referenceFile: URL = new URL('../../../docs/reference/cli.md', import.meta.url)

/** The page, made of the help texts of all commands. */
export function reference(): string {
  return [
    preamble,
    ...sections(
      createProgram(() => {}),
      [],
    ),
  ].join('\n')
}

const preamble = `# The command line

The output of \`countersign --help\` and of each command's \`--help\`. With \`--json\` each result is one line of JSON on
standard output; errors are always text on standard error. Colours are only used in terminals; \`NO_COLOR=1\` turns them off.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | done, with a negative result: a call was refused, a push was given up, a service failed |
| 2 | invalid command line, policy or environment |
| 3 | something is missing: an emulator, credentials, a free port |
`

/** The sections of a command, and of the commands below it. */
function sections(command: Command, above: readonly string[]): string[] {
  const words = [...above, command.name()]
  const own = `## ${words.join(' ')}\n\n\`\`\`text\n${help(command)}\`\`\`\n`
  return [own, ...command.commands.flatMap((below) => sections(below, words))]
}

function help(command: Command): string {
  const parts: string[] = []
  command.configureOutput({ writeOut: (part) => parts.push(part) }).outputHelp()
  return parts.join('')
}
