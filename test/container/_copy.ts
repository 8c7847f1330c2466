import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mustRun } from '../interop/_run.ts'
import type { Step } from './_image.ts'
import { newLayer, rootCommandAlone } from './_root.ts'

/** Takes a step `COPY [--from=STAGE] SOURCE TARGET`. */
export async function copy(value: string, step: Step): Promise<void> {
  const [, from, source = '', target = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(value) ?? []
  if (!target) throw new Error(`COPY ${value} is not read here`)
  const to = target.startsWith('/') ? target : join(step.image.cwd, target)
  if (from === undefined) await copyContext(source, join(step.upper, to), step.workshop.context)
  else await copyFrom({ from, source, to }, step)
}

/** By .dockerignore, of which two forms are read: a name at the top, and one anywhere. */
async function copyContext(source: string, to: string, context: string): Promise<void> {
  if (statSync(join(context, source)).isFile()) return copyOne(join(context, source), to)
  const ignored = readFileSync(join(context, '.dockerignore'), 'utf8').trim().split('\n')
  const excluded = ignored.map((pattern) =>
    pattern.startsWith('**/') ? `--exclude=${pattern.slice(3)}` : `--exclude=./${pattern}`,
  )
  mkdirSync(to, { recursive: true })
  const pack = ['tar', '-C', join(context, source), ...excluded, '-cf', '-', '.']
  const script = '"$@" | tar -C "$0" -xf -'
  await mustRun({ args: ['sh', '-c', script, to, ...pack] }, 60_000)
}

function copyOne(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

async function copyFrom(
  { from, source, to }: { from: string; source: string; to: string },
  { images, upper, workshop }: Step,
): Promise<void> {
  const image = images.get(from)
  if (!image) throw new Error(`COPY --from=${from}: there is no such stage`)
  const files = { '/mnt': upper }
  const writes = newLayer(workshop.scratch)
  mkdirSync(join(writes, 'mnt'))
  const args = ['/bin/sh', '-c', 'mkdir -p "$1" && cp -a "$0/." "$1"', source, join('/mnt', to)]
  const inRoot = { layers: image.layers, upper: writes, files, cwd: '/', args }
  await mustRun({ args: rootCommandAlone(workshop.scratch, inRoot), env: { ...image.env } }, 60_000)
}
