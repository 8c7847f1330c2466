import { describe, expect, test } from 'vitest'
import { echo, hello, send, startProxy } from './_proxied.ts'

describe('countersign proxy refuses', () => {
  test.each([
    ['a name that somebody’s DNS points here', { host: 'evil.example' }],
    ['a name that looks like this machine’s', { host: 'localhost.evil.example' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another port of this machine', { origin: 'http://localhost:5173' }],
    ['a page without an origin', { origin: 'null' }],
    ['another site’s link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['an image on another port’s page', { 'sec-fetch-site': 'same-site' }],
  ])('%s', async (_title, headers) => {
    let calls = 0
    const { here } = await startProxy(() => (_, res) => {
      calls += 1
      res.end()
    })
    const answer = await send(here, headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(calls).toBe(0)
  })
})

describe('countersign proxy lets in', () => {
  test('its own pages, the address bar and programs', async () => {
    const { here } = await startProxy(hello)
    const own = { origin: here, 'sec-fetch-site': 'same-origin' }
    for (const headers of [own, { 'sec-fetch-site': 'none' }, {}]) {
      expect((await send(here, headers)).statusCode).toBe(200)
    }
  })

  test('an allowed page, which may read the answer', async () => {
    const origin = 'http://localhost:5173'
    const { here } = await startProxy(echo, '--allow-origin', origin)
    const preflight = await send(
      here,
      {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-own',
      },
      'OPTIONS',
    )
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-own',
    })
    const answer = await send(here, { origin })
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
  })
})
