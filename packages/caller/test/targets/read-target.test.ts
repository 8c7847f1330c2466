import { describe, expect, test } from 'vitest'
import type { Target } from '../../src/index.ts'
import { type Emulation, readEmulation } from '../../src/targets/emulation.ts'
import { readTarget } from '../../src/targets/target.ts'

const runApp = 'https://svc-123.us-central1.run.app'
const emulator = readEmulation({ COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790' })

function read(target: string | Target, on?: Emulation): ReturnType<typeof readTarget> {
  return readTarget(target, 'targets[0]', on)
}

describe('a target', () => {
  test('may be its URL alone', () => {
    expect(read(`${runApp}/`)).toMatchObject({
      base: runApp,
      origin: runApp,
      prefix: '',
      audience: runApp,
      methods: undefined,
      paths: undefined,
    })
  })

  test('keeps what it says', () => {
    const target = read({
      url: 'https://gateway.example/search/',
      name: 'search',
      audience: 'aud',
      headers: ['x-caller-authorization'],
      methods: ['GET', 'POST'],
      paths: ['/search/:id'],
    })
    expect(target).toMatchObject({
      base: 'https://gateway.example/search',
      prefix: '/search',
      name: 'search',
      audience: 'aud',
      headers: ['x-caller-authorization'],
      methods: new Set(['GET', 'HEAD', 'POST']),
    })
    expect(target.paths?.('/search/1')).toBe(true)
  })

  test.each([
    ['https://svc.run.app:443/', 'https://svc.run.app'],
    [' https://svc.run.app\r\n', 'https://svc.run.app'],
    ['HTTPS://SVC.run.app/Profiles', 'https://svc.run.app/Profiles'],
    ['https://x.googleapis.com/v1/a:generate', 'https://x.googleapis.com/v1/a:generate'],
  ])('written as %j is %s', (url, base) => {
    expect(read(url).base).toBe(base)
  })

  test.each([
    ['/api', true],
    ['/api/x', true],
    ['/api/*', true],
    ['/api{/:id}', true],
    ['/*', true],
    ['/:part/x', true],
    ['/a:rest', true],
    ['/apis', false],
    ['/profiles', false],
    ['/profiles/:id', false],
    ['/profiles/*', false],
    ['/ap', false],
  ])('below /api with the path %s is taken: %s', (path, taken) => {
    const target = () => read({ url: `${runApp}/api`, paths: [path] })
    if (taken) expect(target).not.toThrow()
    else
      expect(target).toThrow(
        `must be below targets[0].url, but has "${path}": write the whole path`,
      )
  })

  test('carries the token in both headers where Google looks at it, or its emulator', () => {
    const both = ['authorization', 'x-serverless-authorization']
    expect(read(runApp).headers).toEqual(both)
    expect(read('https://r-p.cloudfunctions.net/fn').headers).toEqual(both)
    expect(read('http://127.0.0.1:8080', emulator).headers).toEqual(both)
    expect(read('http://127.0.0.1:8080').headers).toEqual(['authorization'])
    expect(read('https://svc.example', emulator).headers).toEqual(['authorization'])
    const elsewhere = readEmulation({
      COUNTERSIGN_EMULATOR: 'http://emulator:8790',
      COUNTERSIGN_EMULATOR_ALLOW_HOST: 'emulator',
    })
    expect(read('http://emulator:9090', elsewhere).headers).toEqual(both)
  })

  test('may be http on loopback, at the emulator, or where that is said', () => {
    expect(read('http://localhost:8080').origin).toBe('http://localhost:8080')
    expect(read('http://[::1]:8080').origin).toBe('http://[::1]:8080')
    expect(read({ url: 'http://mesh.internal', allowInsecureHttp: true }).origin).toBe(
      'http://mesh.internal',
    )
    expect(() => read('http://mesh.internal')).toThrow('allowInsecureHttp')
    expect(() => read('http://mesh.internal', emulator)).toThrow('allowInsecureHttp')
    expect(() => read({ url: 'ftp://mesh.internal', allowInsecureHttp: true })).toThrow('https')
  })

  test.each([
    ['nonsense', 'must be a URL'],
    ['', 'must be a URL'],
    ['//svc.example', 'must be a URL'],
    ['https://user@svc.example', 'remove user'],
    ['https://:pass@svc.example', 'remove user'],
    ['https://svc.example/?a=1', 'remove user'],
    ['https://svc.example/#a', 'remove user'],
    ['https://svc.example./', 'dot after its host'],
    ['https://svc.example/a//b', 'ambiguous path'],
    ['https://svc.example/a%2fb', 'ambiguous path'],
    ['https://r-p.cloudfunctions.net', 'must name a function'],
    ['https://*.a.run.app', 'wildcard'],
    ['"https://svc.run.app"', 'quotation mark'],
    ['\ufeffhttps://svc.run.app', 'byte order mark'],
    ['https://svc.run.app:0', 'port 0'],
    ['https://svc.run.app/*', 'wildcard'],
    ['https://svc.run.app/profiles/:id', 'a parameter'],
    ['https://svc.run.app/{*rest}', 'a parameter'],
    ['https://svc.run.app/%2f', 'ambiguous path'],
  ])('is not %s', (url, message) => {
    expect(() => read(url)).toThrow(TypeError)
    expect(() => read(url)).toThrow(message)
    expect(() => read(url)).toThrow('targets[0].url')
  })

  test.each([
    [{ name: '' }, 'targets[0].name'],
    [{ audience: 7 }, 'targets[0].audience'],
    [
      { audience: 'svc-123.us-central1.run.app' },
      'audience must be a URL, but is "svc-123.us-central1.run.app": write "https://svc-123',
    ],
    [{ audience: 'https://a.example\n' }, 'targets[0].audience must not have'],
    [{ audience: '"https://a.example"' }, 'targets[0].audience must not have'],
    [{ audience: 'https://*.run.app' }, 'targets[0].audience must be one audience'],
    [{ headers: [] }, 'targets[0].headers'],
    [{ headers: ['cookie'] }, 'targets[0].headers must be headers for tokens, but has "cookie"'],
    [
      { headers: ['authorization', 'authorization'] },
      'targets[0].headers must not repeat a header, but has "authorization" twice',
    ],
    [{ methods: [] }, 'targets[0].methods'],
    [{ methods: 'GET' }, 'targets[0].methods'],
    [{ methods: ['get'] }, 'targets[0].methods must be methods in capital letters, but has "get"'],
    [
      { methods: ['GET', 'xPOST'] },
      'targets[0].methods must be methods in capital letters, but has "xPOST"',
    ],
    [
      { methods: ['POST/'] },
      'targets[0].methods must be methods in capital letters, but has "POST/"',
    ],
    [{ paths: [] }, 'targets[0].paths'],
    [{ paths: [''] }, 'targets[0].paths'],
    [
      { paths: ['profiles'] },
      'targets[0].paths[0] must be a path, but is "profiles": write one such as "/profiles/:id"',
    ],
    [{ paths: ['/:'] }, 'targets[0].paths'],
    [{ path: ['/a'] }, 'targets[0] has no "path"'],
  ])('with %o is refused', (wrong, message) => {
    const target = { url: runApp, ...wrong } as unknown as Target
    expect(() => read(target)).toThrow(TypeError)
    expect(() => read(target)).toThrow(message)
  })

  test.each([undefined, null, 7])('is not %s', (target) => {
    expect(() => read(target as unknown as Target)).toThrow(
      /^targets\[0\] must be an object, but is .*: write { … }$/,
    )
  })
})
