import { inspect } from 'node:util'
import { createServiceFetch, type ServiceFetch } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startEcho } from './_server.ts'
import { createIdentity } from './_tokens.ts'

describe('to(name)', () => {
  test('is relative to the target, and stays on it', async () => {
    await using server = await startEcho()
    const serviceFetch = createServiceFetch({
      targets: [
        { url: `${server.url}/api`, name: 'api' },
        { url: server.url, name: 'all' },
        'https://other.example',
      ],
      identity: createIdentity(),
    })
    await serviceFetch.to('api')('/profiles/7')
    await serviceFetch.to('all')('profiles/7')
    await serviceFetch.to('all')(new URL('/b', server.url))
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/profiles/7', '/profiles/7', '/b'])
    for (const url of ['/../profiles', '//other.example/', 'https://other.example/', '/\\evil']) {
      await expect(serviceFetch.to('api')(url)).rejects.toMatchObject({
        code: 'target_not_allowed',
      })
    }
    expect(() => serviceFetch.to('nobody')).toThrow(TypeError)
  })
})

describe('to(name), asked again', () => {
  test('is the same function', () => {
    const targets = ['a', 'b'].map((name) => ({ url: `https://${name}.example`, name }))
    const { to } = createServiceFetch({ targets, identity: createIdentity() })
    expect(to('a')).toBe(to('a'))
    expect(to('a')).not.toBe(to('b'))
    for (let times = 0; times < 2; times++) {
      expect(() => to('nobody')).toThrow(
        new TypeError('No target is named "nobody": write one of a, b, or add it to targets'),
      )
    }
    const nameless = createServiceFetch({ targets: ['https://a.example'] })
    expect(() => nameless.to('a')).toThrow('them with a name')
  })
})

describe('headers(url)', () => {
  const targets = [
    'https://svc-123.us-central1.run.app',
    { url: 'https://get.example', methods: ['GET'] },
    { url: 'https://mixed.example', headers: ['x-caller-authorization' as const] },
  ]

  test('holds the token in authorization alone, unless told', async () => {
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets, identity })
    const url = `${targets[0]}/a`
    expect([...(await serviceFetch.headers(url))]).toEqual([
      ['authorization', `Bearer ${identity.minted[0]}`],
    ])
    const names = async (header: Parameters<ServiceFetch['headers']>[1]): Promise<string[]> => {
      return [...(await serviceFetch.headers(new URL(url), header)).keys()]
    }
    expect(await names({ header: 'x-serverless-authorization' })).toEqual([
      'x-serverless-authorization',
    ])
    expect(await names({ header: ['authorization', 'x-serverless-authorization'] })).toEqual([
      'authorization',
      'x-serverless-authorization',
    ])
    expect([...(await serviceFetch.headers('https://mixed.example')).keys()]).toEqual([
      'x-caller-authorization',
    ])
  })

  test('wants the method where the target lists methods', async () => {
    const serviceFetch = createServiceFetch({ targets, identity: createIdentity() })
    const url = 'https://get.example'
    await expect(serviceFetch.headers(url)).rejects.toMatchObject({ code: 'operation_not_allowed' })
    const post = serviceFetch.headers(url, { method: 'post' })
    await expect(post).rejects.toMatchObject({ code: 'operation_not_allowed' })
    expect((await serviceFetch.headers(url, { method: 'get' })).has('authorization')).toBe(true)
    await expect(serviceFetch.headers('nonsense')).rejects.toThrow(TypeError)
    const error: unknown = await serviceFetch.headers('/x?token=secret').catch((why) => why)
    expect(inspect(error)).toContain('Failed to parse URL from "/x"')
    expect(inspect(error)).not.toContain('secret')
  })

  test.each([
    [{ header: 'cookie' }, 'header must be headers for tokens, but has "cookie"'],
    [
      { header: ['authorization', 'cookie'] },
      'header must be headers for tokens, but has "cookie"',
    ],
    [
      { header: ['authorization', 'authorization'] },
      'header must not repeat a header, but has "authorization" twice',
    ],
    [{ header: [] }, 'header must be a list of strings'],
    [{ header: 7 }, 'header must be a list of strings'],
    [{ methods: 'GET' }, 'headers options has no "methods"'],
    [{ method: 7 }, 'method must be a string'],
  ])('is refused with %o', async (options, message) => {
    const identity = createIdentity()
    const serviceFetch = createServiceFetch({ targets, identity })
    const headers = serviceFetch.headers(String(targets[0]), options as never)
    await expect(headers).rejects.toThrow(TypeError)
    await expect(headers).rejects.toThrow(message)
    expect(identity.minted).toEqual([])
  })
})

describe('ready()', () => {
  test('gets a token for each audience, or says why not', async () => {
    const identity = createIdentity()
    const targets = ['https://a.example', 'https://b.example', 'https://b.example/c']
    const serviceFetch = createServiceFetch({ targets, identity })
    await serviceFetch.ready()
    expect(identity.minted).toHaveLength(2)
    expect(serviceFetch.health().audiences).toMatchObject([
      { audience: 'https://a.example', tokenExpiresInMs: expect.any(Number) },
      { audience: 'https://b.example', tokenExpiresInMs: expect.any(Number) },
    ])
    const broken = createServiceFetch({ targets, identity: { idToken: async () => '<html>' } })
    await expect(broken.ready()).rejects.toMatchObject({ code: 'token_rejected' })
  })
})
