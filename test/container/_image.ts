/** The stages of a Dockerfile, built step by step, each in a root of its own. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, run } from '../interop/_run.ts'
import { imageEnvironment, makeBaseImage, nodeUser } from './_base-image.ts'
import { copy } from './_copy.ts'
import { commandOf, type Instruction, type Stage } from './_dockerfile.ts'
import { lentEnvironment, lentFiles, makePlaces } from './_lent.ts'
import { newLayer, rootCommandAlone } from './_root.ts'

/** An image, as far as it is built. */
export interface Image {
  /** Folders, the topmost first. */
  readonly layers: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** `UID:GID` */
  readonly user: string
  readonly stage: Stage
}

/** Where images are built. */
export interface Workshop {
  /** What `COPY` copies from. */
  readonly context: string
  /** Gets layers and mounts. */
  readonly scratch: string
  /** Keeps what the base images are made of. */
  readonly cache: string
}

/** Builds every stage in order; the images by their names. */
export async function buildImages(
  stages: readonly Stage[],
  workshop: Workshop,
): Promise<ReadonlyMap<string, Image>> {
  const images = new Map<string, Image>()
  for (const stage of stages) {
    const from = images.get(stage.from) ?? (await baseImage(stage, workshop))
    if (!images.has(stage.from)) images.set(stage.from, from)
    images.set(stage.name, await buildStage({ ...from, stage }, { images, workshop }))
  }
  return images
}

async function baseImage(stage: Stage, { scratch, cache }: Workshop): Promise<Image> {
  const root = newLayer(scratch)
  await makeBaseImage(stage.from, { root, cache })
  makePlaces(root)
  return { layers: [root], env: imageEnvironment, cwd: '/', user: '0:0', stage }
}

/** What a stage is built among. */
interface Surroundings {
  readonly images: ReadonlyMap<string, Image>
  readonly workshop: Workshop
}

async function buildStage(from: Image, surroundings: Surroundings): Promise<Image> {
  const upper = newLayer(surroundings.workshop.scratch)
  let image = from
  for (const instruction of from.stage.instructions) {
    image = await take(instruction, { image, upper, ...surroundings })
  }
  return { ...image, layers: [upper, ...from.layers] }
}

/** One instruction's turn. */
export interface Step extends Surroundings {
  readonly image: Image
  /** Gets what is written. */
  readonly upper: string
}

async function take({ name, value }: Instruction, step: Step): Promise<Image> {
  const { image, upper } = step
  switch (name) {
    case 'ENV':
      return { ...image, env: { ...image.env, ...variable(value) } }
    case 'WORKDIR':
      mkdirSync(join(upper, value), { recursive: true })
      return { ...image, cwd: value }
    case 'USER':
      return { ...image, user: userNamed(value) }
    case 'COPY':
      await copy(value, step)
      return image
    case 'RUN':
      await runStep(value, step)
      return image
    case 'CMD':
    case 'ENTRYPOINT':
    case 'EXPOSE':
    case 'HEALTHCHECK':
      return image
    default:
      throw new Error(`${name} is not read here: teach ${import.meta.filename}`)
  }
}

function variable(value: string): Record<string, string> {
  const [, name = '', text = ''] = /^(\w+)=(\S*)$/.exec(value) ?? []
  if (name) return { [name]: text }
  throw new Error(`ENV ${value} is not read here`)
}

function userNamed(name: string): string {
  if (name === 'node') return nodeUser
  throw new Error(`USER ${name} is not in the base image`)
}

async function runStep(command: string, { image, upper, workshop }: Step): Promise<void> {
  const { layers, env, user, cwd } = image
  const args = ['/bin/sh', '-c', command]
  const inRoot = { layers, upper, files: lentFiles(), user, cwd, args }
  const environment = { ...env, ...lentEnvironment(), HOME: '/root', CI: 'true' }
  const step = { args: rootCommandAlone(workshop.scratch, inRoot), env: environment }
  const ended = await run(step, 300_000)
  if (ended.exitCode === 0) return
  throw new Error(`RUN ${command} ended with ${ended.exitCode}: ${lastOf(ended)}`)
}

function lastOf({ stdout, stderr }: Ended): string {
  return `${stdout.slice(-1_000)}${stderr.slice(-1_000)}`
}

/** What a container of an image runs: its entrypoint, then a command, by default its own. */
export function programOf({ stage }: Image, command = commandOf(stage, 'CMD')): string[] {
  return [...commandOf(stage, 'ENTRYPOINT'), ...command]
}
