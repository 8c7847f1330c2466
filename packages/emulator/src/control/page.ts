import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import { type Reply, type Route, text } from '../http/route.ts'

/**
 * The page can run its own scripts and send requests to the emulator; injected content can do
 * nothing.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * `GET /` and `GET /page/*`: the page and its files.
 *
 * @param files the files of the page, by path; empty if it is not built
 */
export function pageRoutes(files: ReadonlyMap<string, PageFile>): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      endpoint: 'control',
      handle: () => reply(files.get('index.html')) ?? text(404, notBuilt),
    },
    {
      method: 'GET',
      path: /^\/page\/(?<file>.+)$/,
      endpoint: 'control',
      handle: (_call, { file = '' }) => reply(files.get(file)) ?? text(404, 'Not Found\n'),
    },
  ]
}

const notBuilt = `This emulator runs from its sources, and its page is not built.
In the repository: npx -y pnpm@12 build, or node scripts/build-page.ts for the page alone.
Then start the emulator again.
`

function reply(file: PageFile | undefined): Reply | undefined {
  if (!file) return undefined
  const headers = {
    'content-type': file.type,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
  return { status: 200, headers, body: file.body }
}

/** A file of the page. */
export interface PageFile {
  type: string
  body: Uint8Array
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

/** The folder of the built page: in this package, for the sources and for the build alike. */
export function pageFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('@countersign/emulator/package.json')
  return join(dirname(manifest), 'dist', 'page')
}

/**
 * The files of a folder, by their paths in it, with slashes. They are read once: no path is built
 * from a request, so no request can leave the folder. Links are skipped.
 *
 * @returns empty if the folder does not exist
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = (await filesUnder(folder)).map(async (path) => {
    const type = types[extname(path)] ?? 'application/octet-stream'
    const key = relative(folder, path).split(sep).join('/')
    return [key, { type, body: await readFile(path) }] as const
  })
  return new Map(await Promise.all(files))
}

/** Recursive by hand: `readdir` with `recursive` follows links to folders. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const paths = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesUnder(path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(paths)).flat()
}
