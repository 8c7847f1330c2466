import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'

/** A file of the page. */
export interface PageFile {
  readonly type: string
  readonly body: Uint8Array
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=UTF-8',
  '.js': 'text/javascript; charset=UTF-8',
  '.css': 'text/css; charset=UTF-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
}

/** Where the page lies once it is built: in this package, whether its sources run or what was built. */
export function pageFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('@countersign/emulator/package.json')
  return join(dirname(manifest), 'dist', 'page')
}

/**
 * The files of a folder, by their paths in it, with slashes. Read once: no request is made into a path,
 * so that none can lead out of the folder. Links are left out.
 *
 * @param folder where they lie
 * @returns empty where there is no such folder
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = (await filesUnder(folder)).map(async (path) => {
    const type = types[extname(path)] ?? 'application/octet-stream'
    const key = relative(folder, path).split(sep).join('/')
    return [key, { type, body: await readFile(path) }] as const
  })
  return new Map(await Promise.all(files))
}

/** By hand: `readdir` with `recursive` goes into folders that are links. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const paths = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesUnder(path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(paths)).flat()
}
