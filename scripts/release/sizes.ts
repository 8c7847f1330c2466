/** How large the packages are, and may become. A limit is raised by the commit that needs it. */
import { statSync } from 'node:fs'
import { posix } from 'node:path'
import { filesOf } from './tarball.ts'

/** In bytes. */
export interface Size {
  /** What npm downloads. */
  tarball: number
  /** What lies in `node_modules`, source maps included. */
  unpacked: number
  /** The ES modules that an import reads: the entry, and what it imports statically. */
  imported: number
}

/** In kilobytes of 1,000 bytes. */
const limits: Record<string, Record<keyof Size, number>> = {
  caller: { tarball: 315, unpacked: 1240, imported: 170 },
  cli: { tarball: 240, unpacked: 850, imported: 110 },
  emulator: { tarball: 355, unpacked: 1240, imported: 310 },
  express: { tarball: 14, unpacked: 68, imported: 7 },
  koa: { tarball: 15, unpacked: 74, imported: 8 },
  opentelemetry: { tarball: 48, unpacked: 200, imported: 28 },
  policy: { tarball: 215, unpacked: 850, imported: 116 },
  receiver: { tarball: 275, unpacked: 970, imported: 150 },
  testing: { tarball: 75, unpacked: 270, imported: 42 },
}

export function sizeOf(tarball: string): Size {
  const files = filesOf(tarball)
  const sizes = [...files.values()].map(({ length }) => length)
  const entry = files.has('dist/esm/index.js') ? 'dist/esm/index.js' : 'dist/esm/main.js'
  return {
    tarball: statSync(tarball).size,
    unpacked: sum(sizes),
    imported: sum([...modulesFrom(files, entry)].map((path) => files.get(path)?.length ?? 0)),
  }
}

/** A line for each size that is over its limit. */
export function tooLarge(folder: string, size: Size): string[] {
  const most = limits[folder]
  if (most === undefined) return [`${folder} has no limits in scripts/release/sizes.ts`]
  return (Object.keys(most) as (keyof Size)[])
    .filter((key) => size[key] > most[key] * 1000)
    .map((key) => `${folder}: ${key} is ${kilobytes(size[key])} kB, and may be ${most[key]} kB`)
}

export function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}

/** The module, and those that it imports statically. */
function modulesFrom(
  files: Map<string, Buffer>,
  path: string,
  found = new Set<string>(),
): Set<string> {
  if (found.has(path)) return found
  found.add(path)
  const text = files.get(path)?.toString() ?? ''
  for (const [, relative = ''] of text.matchAll(
    /^(?:import|export)\b[^'"]*?["'](\.[^"']+)["']/gm,
  )) {
    modulesFrom(files, posix.join(posix.dirname(path), relative), found)
  }
  return found
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
