import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageFolder, pageRoutes, readPageFiles } from '../../src/control/page.ts'
import { createDrills } from '../../src/drills/drills.ts'
import { throughDrills } from '../../src/drills/faults.ts'
import { createKeyRing } from '../../src/google/keys.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { createRoutedServer } from '../../src/http/server.ts'
import { type Answer, send } from '../send.ts'

let parent: string
let folder: string
let server: Listening
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'page-'))
  folder = join(parent, 'page')
  await mkdir(join(folder, 'fonts'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>The page</title>')
  await writeFile(join(folder, 'main.js'), 'void 0')
  await writeFile(join(folder, 'fonts', 'a b.woff2'), Buffer.from([0, 255, 128]))
  await writeFile(join(parent, 'secret'), 'secret')
  await symlink(join(parent, 'secret'), join(folder, 'link'))
  await symlink(parent, join(folder, 'up'))
  server = await serve(folder)
})
afterAll(async () => {
  await server.close()
  await rm(parent, { recursive: true })
})

async function serve(from: string): Promise<Listening> {
  const keys = await createKeyRing(Date.now)
  return listen(
    createRoutedServer({
      routes: pageRoutes(await readPageFiles(from)),
      guards: [],
      notFound: () => ({ status: 404, body: 'no route' }),
      around: throughDrills(
        createDrills({
          services: new Map(),
          keys,
          tokens: { hiding: () => undefined },
          onChange: () => undefined,
        }),
      ),
      record: () => undefined,
    }),
  )
}

const get = (target: string): Promise<Answer> => send(server.url, { target })

test('the page and its files are served, with their types', async () => {
  expect(await get('/')).toMatchObject({
    status: 200,
    body: '<!doctype html><title>The page</title>',
  })
  expect((await get('/?call=7')).status).toBe(200)
  expect((await get('/')).headers['content-type']).toBe('text/html; charset=UTF-8')
  expect((await get('/page/main.js')).headers['content-type']).toBe(
    'text/javascript; charset=UTF-8',
  )
})

test('bytes arrive as they are', async () => {
  const answer = await fetch(`${server.url}/page/fonts/a%20b.woff2`)
  expect(answer.headers.get('content-type')).toBe('font/woff2')
  expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255, 128])
})

test.for(['/', '/page/main.js'])('%s runs no foreign script, in no frame', async (path) => {
  expect((await get(path)).headers).toMatchObject({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  })
})

test.for([
  '/page/../secret',
  '/page/%2e%2e/secret',
  '/page/..%2fsecret',
  '/page/..%2Fsecret',
  '/page/%2e%2e%2fsecret',
  '/page/%252e%252e%252fsecret',
  '/page/..%5csecret',
  '/page/..\\secret',
  '/page/fonts/../../secret',
  '/page//etc/passwd',
  '/page/%2fetc%2fpasswd',
  '/page/main.js%00',
  '/page/%00',
  '/page/link',
  '/page/up/secret',
  '/page/fonts',
  '/page/fonts/',
  '/page/',
  '/page/./main.js',
  '/page/MAIN.JS',
  '/page/__proto__',
  '/page/%zz',
])('%s is not there', async (target) => {
  const answer = await get(target)
  expect(answer.status).toBe(404)
  expect(answer.body).not.toContain('secret')
})

test('if the page is not built, the answer says how to build it', async () => {
  await using none = await disposable(serve(join(parent, 'nowhere')))
  const answer = await send(none.url)
  expect(answer.status).toBe(404)
  expect(answer.headers['content-type']).toBe('text/plain; charset=UTF-8')
  expect(answer.body).toContain('npx -y pnpm@12 build')
})

test('it lies in this package', () => {
  expect(pageFolder()).toBe(new URL('../../dist/page', import.meta.url).pathname)
})

async function disposable(listening: Promise<Listening>) {
  const { url, close } = await listening
  return { url, [Symbol.asyncDispose]: close }
}
