import type { Command } from 'commander'
import { createProgram } from '../src/program.ts'

/** The page that lists every command. */
export const referenceFile: URL = new URL('../../../docs/reference/cli.md', import.meta.url)

/** The page, out of what the command says of itself. */
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

What \`countersign --help\` and each command's \`--help\` say. With \`--json\` results come as one line of JSON each on
standard output; errors stay text on standard error. Colours are for terminals only; \`NO_COLOR=1\` turns them off.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | it was done, and the answer is no: a call was refused, a push was given up, a service ended in an error |
| 2 | the command line, the policy or the environment can't be meant |
| 3 | something isn't there: an emulator, credentials, a free port |
`

/** Of a command, and of those below it. */
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
