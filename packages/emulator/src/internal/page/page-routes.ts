import { type Reply, type Route, text } from '../../http/route.ts'
import type { PageFile } from './page-files.ts'

/** The page runs its own scripts and talks to the emulator; whatever else got into it does nothing. */
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
 * @param files those of the page, by path; empty where it is not built
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
