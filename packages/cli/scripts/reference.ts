import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createProgram } from '../src/program.ts'

/** The page that lists every command. */
export const referenceFile: URL = new URL('../../../docs/reference/cli.md', import.meta.url)

/** The page, out of what the command says of itself. */
export function reference(): string {
  const names = createProgram(() => {}).commands.map((command) => command.name())
  return [preamble, section(), ...names.map(section)].join('\n')
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

function section(name?: string): string {
  const args = name === undefined ? [] : [name]
  return `## ${['countersign', ...args].join(' ')}\n\n\`\`\`text\n${help(args)}\`\`\`\n`
}

function help(args: readonly string[]): string {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const source = '--conditions=@countersign/source'
  return execFileSync(process.execPath, [source, main, ...args, '--help'], { encoding: 'utf8' })
}
