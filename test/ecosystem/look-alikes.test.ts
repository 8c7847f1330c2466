/** Hosts that pass for the listed one at a glance, and all lead to the stranger. */
import { describe, expect, test } from 'vitest'
import { codesOf, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const { arrived, stranger, userProfiles } = await startWorld((app) => {
  app.get('/to', (req, res) => void res.writeHead(302, { location: `${req.query.location}` }).end())
})
const { profiles: ky } = await import('./recipes/ky.ts')
const { serviceFetch } = await import('./recipes/service-fetch.ts')
const { serviceFetch: overUndici } = await import('./recipes/undici.ts')

const { host, port } = new URL(stranger.url)
const listed = new URL(userProfiles).host
const absolute = [
  `http://${listed}@${host}/`,
  `http://${listed}:80@${host}/`,
  `http://localhost:${port}/`,
  `http://127.0.0.1.:${port}/`,
  `http://127.1:${port}/`,
  `http://0x7f000001:${port}/`,
  `http://2130706433:${port}/`,
  `http://127%2E0.0.1:${port}/`,
  `http://[::ffff:127.0.0.1]:${port}/`,
  `HTTP://127.0.0.1:${port}/`,
  `http:\\\\${host}\\`,
]
const relative = [`//${host}/`, `\\\\${host}/`, `/\\${host}/`, `/\t/${host}/`]

/** As the fetch standard resolves it; a user in the URL would make fetch refuse by itself. */
function reaching(url: string): URL {
  const parsed = new URL(url, userProfiles)
  parsed.username = ''
  parsed.password = ''
  return parsed
}

test.each([...absolute, ...relative])('%j leads to the stranger', async (url) => {
  await fetch(reaching(url))
  expect(stranger.arrived).toHaveLength(1)
})

describe.each([
  ['serviceFetch', (url: string) => serviceFetch(url)],
  ['ky', async (url: string) => ky.get(url, { prefix: '' })],
  ['undici', (url: string) => overUndici(url)],
])('%s', (_name, call) => {
  test.each(absolute)('sends nothing to %j', async (url) => {
    await outcome(call(url))
    expect(stranger.arrived).toEqual([])
  })

  test.each([...absolute, ...relative])('sends nothing along a redirect to %j', async (url) => {
    const error = await outcome(call(`${userProfiles}/to?location=${encodeURIComponent(url)}`))
    expect(codesOf(error)).toContain('redirect_refused')
    expect(arrived).toHaveLength(1)
    expect(stranger.arrived).toEqual([])
  })
})

test.each(relative)('serviceFetch.to(name) sends nothing to %j', async (url) => {
  await outcome(serviceFetch.to('user-profiles')(url))
  expect(stranger.arrived).toEqual([])
})

test.each(absolute)('serviceFetch.headers gives none for %j', async (url) => {
  expect(codesOf(await outcome(serviceFetch.headers(url)))).toContain('target_not_allowed')
})
