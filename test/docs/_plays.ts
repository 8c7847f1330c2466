/** Which blocks are played, and how, beside what play.ts finds out by itself. */
import { type Block, blocks, read } from './_blocks.ts'
import type { Play } from './play.ts'

/** What a block's own text doesn't say. */
interface Direction extends Partial<Play> {
  /** The text by which the block is found. */
  block: string
  /** What the block would find nowhere else, and what is here in its place. */
  edit?: [from: string, to: string]
}

const preflight = {
  origin: 'https://shop.acme.example',
  'access-control-request-method': 'POST',
}
const ada = { authorization: 'Bearer a-session-of-ada' }
const oldUrl = 'https://user-profiles-abcdefghij-uc.a.run.app'

const directions: Direction[] = [
  { block: "serviceAccountKey('/run/secrets", startOnly: 'there is no key' },
  { block: "workloadIdentityFederation('federation.json')", startOnly: 'there is no federation' },
  { block: 'platformToken.getStore()', startOnly: 'there is no platform that hands out a token' },
  { block: 'const broker: IdentitySource', startOnly: 'there is no broker' },
  { block: 'http://user-profiles.default.svc.cluster.local', startOnly: 'there is no mesh' },
  { block: 'http://user-profiles.acme.svc.cluster.local', startOnly: 'there is no cluster' },
  { block: "const url = 'https://flows.acme.example'", startOnly: 'the emulator has no IAP' },
  { block: "serviceAccount: 'search-run@", callsAs: 'search' },
  { block: 'watchPolicy(', edit: ['/etc/countersign/', ''] },
  {
    block: 'Hands what an async handler throws',
    edit: ["from 'express'", "from 'express4'"],
    noCall: true,
    requests: [1, 2].map(() => ({ path: '/search', status: 500, body: 'target_not_allowed' })),
  },
  {
    block: '// user-profiles.ts\n',
    requests: [
      { path: '/ready', status: 200 },
      { path: '/profiles/7', as: 'login', status: 200, body: 'login-run@' },
      { path: '/profiles/7', status: 401, code: 'token_missing' },
      { path: '/profiles/7', as: 'user-profiles', status: 403, code: 'caller_not_allowed' },
      { path: '/admin', as: 'login', status: 403, code: 'operation_not_allowed' },
    ],
  },
  {
    block: '// login.ts\n',
    requests: [
      { path: '/welcome/7', status: 200, body: 'login-run@' },
      { path: '/welcome/8', status: 200, body: 'login-run@' },
    ],
  },
  {
    block:
      "{ email: 'search-run@acme.iam.gserviceaccount.com', methods: ['GET'], paths: ['/profiles/:id'] }",
    requests: [
      { path: '/ready', status: 200 },
      { path: '/profiles/7', as: 'login', status: 200, body: 'login-run@' },
      { path: '/profiles/7', as: 'search', status: 200, body: 'search-run@' },
      { method: 'DELETE', path: '/profiles/7', as: 'login', status: 200 },
      {
        ...{ method: 'DELETE', path: '/profiles/7', as: 'search' },
        ...{ status: 403, code: 'operation_not_allowed' },
      },
      { path: '/profiles/7', as: 'user-profiles', status: 403, code: 'caller_not_allowed' },
      { path: '/profiles/7', status: 401, code: 'token_missing' },
    ],
  },
  {
    block: "unauthenticated: ['GET /health', 'GET /products/:id']",
    requests: [
      { path: '/health', status: 200 },
      { path: '/products/7', status: 200 },
      { method: 'HEAD', path: '/products/7', status: 200 },
      { path: '//products/7', status: 401, code: 'token_missing' },
      { method: 'POST', path: '/products', status: 401, code: 'token_missing' },
      { method: 'POST', path: '/products', as: 'login', status: 200 },
    ],
  },
  {
    block: "app.use('/internal', verifyCaller({",
    requests: [
      { path: '/health', status: 200 },
      { path: '/products/7', status: 200 },
      { method: 'POST', path: '/internal/reindex', status: 401, code: 'token_missing' },
      { method: 'POST', path: '/INTERNAL/reindex', status: 401, code: 'token_missing' },
      { method: 'POST', path: '/internal/reindex', as: 'login', status: 200 },
      { path: '/internal/else', as: 'login', status: 403, code: 'operation_not_allowed' },
      {
        ...{ method: 'POST', path: '/internal/reindex', as: 'user-profiles' },
        ...{ status: 403, code: 'caller_not_allowed' },
      },
    ],
  },
  {
    block: "cors({ origin: 'https://shop.acme.example' })",
    requests: [
      { method: 'OPTIONS', path: '/products', headers: preflight, status: 200 },
      { path: '/products/7', status: 200 },
      { method: 'POST', path: '/products', status: 401, code: 'token_missing' },
      { method: 'POST', path: '/products', as: 'login', status: 200 },
    ],
  },
  {
    block: 'a-session-of-ada',
    requests: [
      { path: '/orders/7', as: 'login', status: 200, body: 'login-run@' },
      { path: '/orders/7', headers: ada, status: 200, body: 'ada' },
      { path: '/orders/7', status: 401, body: 'Unauthorized' },
      { path: '/orders/7', as: 'user-profiles', status: 403, code: 'caller_not_allowed' },
    ],
  },
  {
    block: "'https://user-profiles-abcdefghij-uc.a.run.app'],",
    requests: [
      { path: '/profiles/7', as: 'login', status: 200 },
      { path: '/profiles/7', as: 'login', audience: oldUrl, status: 200 },
      {
        ...{ path: '/profiles/7', as: 'login', audience: `${oldUrl}/` },
        ...{ status: 401, code: 'audience_mismatch' },
      },
    ],
  },
]

const migrations = "test/migrate runs them, with the emulator's keys"

/** Blocks that nothing here can run, and why; they are compiled. */
const notPlayed: Record<string, string> = {
  "// before\nimport express from 'express'\nimport { OAuth2Client }": migrations,
  '// before\nimport { GoogleAuth }': migrations,
  "from 'express-jwt'": migrations,
  "import { auth, claimCheck } from 'express-oauth2-jwt-bearer'": migrations,
  "emulator.push('orders'": 'test/e2e/pushes.test.ts delivers pushes; here nobody listens for one',
  "pubsubEmulator: '127.0.0.1:8085'":
    "test/e2e/pubsub-bridge.test.ts runs it, with Google's emulator",
}

/** The texts by which blocks are found above. */
export const directedBlocks: readonly string[] = [
  ...directions.map(({ block }) => block),
  ...Object.keys(notPlayed),
]

/** The blocks to play. */
export function playsOf(isWanted: (page: string) => boolean = () => true): Play[] {
  return blocks
    .filter(({ page }) => isWanted(page))
    .filter(isPlayed)
    .map(playOf)
}

/** The files of a project that plays them, by their paths. */
export function filesFor(plays: readonly Play[]): Record<string, string> {
  const stage = read('test/docs/stage.jsonc')
  const files: Record<string, string> = { 'plays.json': JSON.stringify(plays) }
  for (const { at, code, file, folder } of plays) {
    const own = /(load|watch)Policy\(/.test(code) && policyOf(at.replace(/:.*/, ''))
    files[`${folder}/countersign.jsonc`] = own || stage
    files[`${folder}/server.js`] = 'setTimeout(() => {}, 100)'
    files[file] = withExports(code)
  }
  return files
}

function isPlayed({ language, code, page }: Block): boolean {
  if (language !== 'ts' || page === 'docs/guides/http-clients.md') return false
  return !Object.keys(notPlayed).some((text) => code.includes(text))
}

function playOf({ at, code }: Block): Play {
  const folder = at.replace('.md:', '-').replaceAll('/', '-')
  const name = code.match(/^\/\/ ([\w-]+\.ts)\n/)?.[1] ?? 'block.ts'
  const {
    block: _,
    edit: [from, to] = ['', ''],
    ...more
  } = directions.find((one) => code.includes(one.block)) ?? { block: '' }
  const written = code.replace(from, to)
  return { at, file: `${folder}/${name}`, code: written, folder, me: serviceOf(code), ...more }
}

/** Which service a block is: the one that is called in most of them, unless it calls that one. */
function serviceOf(code: string): string {
  const [, caller] = code.match(/policy\.caller\('([\w-]+)'\)/) ?? []
  if (caller !== undefined) return caller
  const receives = /verifyCaller\(|createReceiver\(/.test(code)
  return receives && !code.includes("name: 'user-profiles'") ? 'user-profiles' : 'login'
}

/** A page's own policy, if it shows a whole one. */
function policyOf(page: string): string | undefined {
  const policies = blocks.filter((one) => one.page === page && one.language === 'jsonc')
  return policies.find(({ code }) => code.includes('"environments"'))?.code
}

/** What the player asks for by name. */
function withExports(code: string): string {
  const names = ['app', 'guard', 'serviceFetch'].filter((name) =>
    new RegExp(`^const ${name} = `, 'm').test(code),
  )
  return names.length > 0 ? `${code}export { ${names.join(', ')} }\n` : code
}
