import { readFile } from 'node:fs/promises'

/** One stage of a Dockerfile. */
export interface Stage {
  readonly from: string
  readonly name: string
  readonly instructions: readonly Instruction[]
}

/** One instruction, `RUN` say, and what follows it. */
export interface Instruction {
  readonly name: string
  readonly value: string
}

/** Reads a Dockerfile that writes each instruction on one line. */
export async function readDockerfile(file: URL): Promise<readonly Stage[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const stages: { from: string; name: string; instructions: Instruction[] }[] = []
  for (const line of lines.filter((text) => /^\w/.test(text))) {
    const [, name = '', value = ''] = /^(\w+) (.*)$/.exec(line) ?? []
    const [from = '', , stage = ''] = value.split(' ')
    if (name === 'FROM') stages.push({ from, name: stage, instructions: [] })
    else stages.at(-1)?.instructions.push({ name, value })
  }
  return stages
}

/** The stage of that name. */
export function stageOf(stages: readonly Stage[], name: string): Stage {
  const found = stages.find((stage) => stage.name === name)
  if (found) return found
  throw new Error(`no stage ${name}`)
}

/** What the instructions of one name say, in a stage. */
function valuesOf({ instructions }: Stage, name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ value }) => value)
}

/** A command in exec form, `CMD ["node"]`. */
export function commandOf(stage: Stage, name: string): [string, ...string[]] {
  const [value = ''] = valuesOf(stage, name)
  return JSON.parse(value.slice(value.indexOf('[')))
}
