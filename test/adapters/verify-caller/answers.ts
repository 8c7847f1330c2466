import { describe, expect, test } from 'vitest'
import type { Adapter } from '../adapter.ts'
import {
  audience,
  bodyOf,
  headersOf,
  issuer,
  lateKeys,
  login,
  options,
  send,
  stranger,
} from './_world.ts'

/** Who gets through, and what everybody else is answered. */
export function answersContract(adapter: Adapter): void {
  describe(`verifyCaller in ${adapter.name}`, () => {
    test('a listed caller gets through, and the handler knows who it is', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(`${app.url}/profiles/7`, { headers: await headersOf(login) })
      expect(answer.status).toBe(200)
      expect(await bodyOf(answer)).toMatchObject({ email: login, asserted: login })
    })

    test('a stranger with a genuine token is refused, and told so in every way', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url, { headers: await headersOf(stranger) })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.headers.get('countersign-code')).toBe('caller_not_allowed')
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="countersign", error="insufficient_scope", error_description="caller_not_allowed: /,
      )
      expect(await answer.json()).toEqual({
        type: 'urn:countersign:denial:caller_not_allowed',
        title: 'Caller not allowed',
        status: 403,
        code: 'caller_not_allowed',
        detail: expect.stringContaining('Add its service account to allow'),
      })
      expect(app.handled()).toBe(0)
    })

    test('a call without a token is challenged without an error code', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="countersign"')
      expect(answer.headers.get('countersign-code')).toBe('token_missing')
    })

    test('a HEAD is refused without a body', async () => {
      const app = await adapter.whole(options())
      const answer = await fetch(app.url, { method: 'HEAD' })
      expect(answer.status).toBe(401)
      expect(await answer.text()).toBe('')
    })

    test('every forgery is refused with its own code, and no token is echoed', async () => {
      const app = await adapter.whole(options({ onDecision: () => {} }))
      for (const forgery of await issuer.forgeries({ email: login, audience })) {
        const { status, headers, text } = await send(app, forgery.rawHeaders)
        expect(status, forgery.name).toBe(forgery.expected.status)
        expect(headers['countersign-code'], forgery.name).toBe(forgery.expected.code)
        const sent = Object.values(forgery.headers).filter((value) => value.length > 40)
        for (const value of sent) {
          expect(text + JSON.stringify(headers), forgery.name).not.toContain(value.slice(7, 47))
        }
      }
      expect(app.handled()).toBe(0)
    })

    test('two Authorization headers are ambiguous', async () => {
      const app = await adapter.whole(options())
      const { authorization } = await headersOf(login)
      const { status, headers } = await send(app, [
        'Authorization',
        authorization,
        'Authorization',
        authorization,
      ])
      expect(status).toBe(400)
      expect(headers['countersign-code']).toBe('token_ambiguous')
    })

    test('no keys: 503 with Retry-After, and no challenge', async () => {
      const keys = {
        key: () => Promise.reject(new Error('down')),
        ready: () => Promise.reject(new Error('down')),
        health: () => ({ kids: [] }),
      }
      const app = await adapter.whole(options({ keys }))
      const answer = await fetch(app.url, { headers: await headersOf(login) })
      expect(answer.status).toBe(503)
      expect(answer.headers.get('countersign-code')).toBe('keys_unavailable')
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(answer.headers.get('www-authenticate')).toBeNull()
    })

    test('an empty list refuses to start', async () => {
      await expect(async () => adapter.whole(options({ allow: [] }))).rejects.toThrow(
        /^allow must not be empty, since nobody could call then: write the service accounts/,
      )
    })

    test('a token in the query, a form or a cookie is none', async () => {
      const app = await adapter.whole(options())
      const token = (await headersOf(login)).authorization.slice('Bearer '.length)
      const form = new URLSearchParams({ access_token: token })
      expect((await fetch(`${app.url}/?${form}`)).headers.get('countersign-code')).toBe(
        'token_missing',
      )
      const posted = await fetch(app.url, { method: 'POST', body: form })
      expect(posted.headers.get('countersign-code')).toBe('token_missing')
      expect(app.handled()).toBe(0)
    })

    test('OPTIONS is a call like any other', async () => {
      const app = await adapter.whole(options())
      const preflight = ['Origin', 'https://app.example', 'Access-Control-Request-Method', 'GET']
      const asking = [...preflight, 'Access-Control-Request-Headers', 'authorization']
      expect((await send(app, asking, { method: 'OPTIONS' })).status).toBe(401)
      expect(app.handled()).toBe(0)
    })

    test('an answer that somebody else gave while keys were waited for stands', async () => {
      const app = await adapter.impatient(options({ keys: lateKeys(60, true) }))
      const answer = await fetch(app.url, { headers: await headersOf(login) })
      expect(await answer.text()).toBe('too slow')
      await new Promise((resolve) => setTimeout(resolve, 80))
      expect(app.handled()).toBe(0)
    })
  })
}
