import { describe, expect, test } from 'vitest'
import {
  type FetchArguments,
  isReplayable,
  needsBytes,
  type OutgoingRequest,
  readRequest as readArguments,
  toInit,
  withBytes,
  withUrl,
} from '../../src/call/request.ts'

const url = 'https://svc.example/a'

function readRequest(
  input: FetchArguments['input'],
  init: RequestInit | undefined,
  base?: string,
): OutgoingRequest {
  return withUrl(readArguments({ input, init }), base)
}

describe('reading a request', () => {
  test.each([
    ['a string', url],
    ['a URL', new URL(url)],
    ['a Request', new Request(url)],
    ['anything that says its URL', { toString: () => url } as unknown as string],
  ])('takes %s', (_what, input) => {
    expect(readRequest(input, undefined)).toMatchObject({
      url: new URL(url),
      method: 'GET',
      headers: [],
      body: null,
      redirect: 'follow',
    })
  })

  test.each([
    ['get', 'GET'],
    ['Post', 'POST'],
    ['PATCH', 'PATCH'],
    ['patch', 'patch'],
    ['x-Own', 'x-Own'],
    ['forget', 'forget'],
    ['getter', 'getter'],
  ])('normalizes the method %s to %s, as fetch does', (method, normalized) => {
    expect(readRequest(url, { method }).method).toBe(normalized)
  })

  test.each([
    ['a record', { 'X-A': '1', b: '2' }],
    [
      'pairs',
      [
        ['X-A', '1'],
        ['b', '2'],
      ] as [string, string][],
    ],
    [
      'a Map',
      new Map([
        ['X-A', '1'],
        ['b', '2'],
      ]) as unknown as [string, string][],
    ],
  ])('reads headers from %s', (_what, headers) => {
    expect(readRequest(url, { headers }).headers).toEqual([
      ['X-A', '1'],
      ['b', '2'],
    ])
  })

  test('reads Headers', () => {
    const headers = new Headers({ 'X-A': '1' })
    headers.append('X-A', '2')
    expect(readRequest(url, { headers }).headers).toEqual([['x-a', '1, 2']])
  })

  test('takes all of a Request, and lets the init win', async () => {
    const { signal } = new AbortController()
    const request = new Request(url, {
      method: 'PUT',
      body: 'hello',
      headers: { 'x-a': '1' },
      redirect: 'error',
      keepalive: true,
      signal,
    })
    const read = readRequest(request, undefined)
    expect(read).toMatchObject({ method: 'PUT', redirect: 'error', init: { keepalive: true } })
    expect(read.headers).toContainEqual(['x-a', '1'])
    expect(read.body).toBe(request.body)
    expect(read.signal).toBe(request.signal)

    const headers = { 'x-b': '2' }
    const own = readRequest(request, { headers, redirect: 'manual', body: 'mine', signal: null })
    expect(own).toMatchObject({
      method: 'PUT',
      redirect: 'manual',
      body: 'mine',
      signal: undefined,
    })
    expect(own.headers).toEqual([['x-b', '2']])
    expect(readRequest(request, { body: null }).body).toBe(request.body)
  })

  test('takes a Request as the init, as fetch does', () => {
    const request = new Request(url, { method: 'DELETE', headers: { 'x-a': '1' } })
    expect(readRequest('https://other.example', request)).toMatchObject({
      url: new URL('https://other.example'),
      method: 'DELETE',
      headers: [['x-a', '1']],
    })
  })

  test('leaves out what is undefined, and keeps what it does not know', () => {
    const dispatcher = {} as never
    const init = Object.assign(Object.create(null), { dispatcher, method: undefined })
    const { init: read } = readRequest(url, init)
    expect(read).toEqual({ dispatcher })
    const request = new Request(url, { method: 'DELETE', headers: { 'x-a': '1' } })
    expect(readRequest(request, { method: undefined, headers: undefined } as never)).toMatchObject({
      method: 'DELETE',
      headers: [['x-a', '1']],
    })
  })

  test('reads a URL that changes once', () => {
    let reads = 0
    const shifty = {
      [Symbol.toStringTag]: 'Request',
      method: 'GET',
      get url() {
        return reads++ === 0 ? url : 'https://evil.example'
      },
    }
    expect(readRequest(shifty as unknown as Request, undefined).url.href).toBe(url)
    expect(reads).toBe(1)
  })

  test('copies bodies that can change before they are sent', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const params = new URLSearchParams('a=1')
    const form = new FormData()
    form.append('a', '1')
    form.append('file', new File(['x'], 'x.txt'))
    const bodies = [bytes, bytes.buffer, bytes.subarray(1), params, form].map(
      (body) => readRequest(url, { method: 'POST', body }).body,
    )
    bytes.fill(9)
    params.set('a', '2')
    form.set('a', '2')
    const [whole, buffer, part, query, copy] = bodies
    expect(whole).toEqual(new Uint8Array([1, 2, 3]))
    expect(new Uint8Array(buffer as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]))
    expect(part).toEqual(new Uint8Array([2, 3]))
    expect(String(query)).toBe('a=1')
    expect((copy as FormData).get('a')).toBe('1')
    expect(((copy as FormData).get('file') as File).name).toBe('x.txt')
  })

  test.each(['/a', '', '//', 'svc.example', 'https://'])(
    "refuses the URL '%s' as fetch does",
    (text) => {
      expect(() => readRequest(text, undefined)).toThrow(TypeError)
      expect(() => readRequest(text, undefined)).toThrow('Failed to parse URL')
    },
  )

  test.each([
    ['/a?token=secret', '/a'],
    ['/a/b#secret?secret', '/a/b'],
    ['https://user:secret@evil.example:port/a', 'https://[redacted]@evil.example:port/a'],
  ])('shows no query, user or password in its error: %s', (text, shown) => {
    expect(() => readRequest(text, undefined)).toThrow(
      new TypeError(
        `Failed to parse URL from "${shown}": call a relative URL with serviceFetch.to(name)`,
      ),
    )
  })
})

describe('a relative URL', () => {
  test.each([
    ['https://svc.example', '/a?x=1', 'https://svc.example/a?x=1'],
    ['https://svc.example', 'a', 'https://svc.example/a'],
    ['https://svc.example', '', 'https://svc.example/'],
    ['https://svc.example/api', '/a', 'https://svc.example/api/a'],
    ['https://svc.example/api', 'a', 'https://svc.example/api/a'],
    ['https://svc.example/api', '?x=1', 'https://svc.example/api/?x=1'],
    ['https://svc.example/api', '/../a', 'https://svc.example/a'],
    ['https://svc.example/api', '../a', 'https://svc.example/a'],
    ['https://svc.example/api', '//evil.example/a', 'https://evil.example/a'],
    ['https://svc.example/api', '/\\evil.example/a', 'https://evil.example/a'],
    ['https://svc.example/api', 'https://evil.example/a', 'https://evil.example/a'],
  ])('of %s: %s is %s', (base, text, resolved) => {
    expect(readRequest(text, undefined, base).url.href).toBe(resolved)
  })
})

describe('a body', () => {
  test.each([
    ['text', 'a', true],
    ['none', null, true],
    ['bytes', new Uint8Array(1), true],
    ['a Blob', new Blob(['a']), true],
    ['a form', new FormData(), true],
    ['a stream', new Blob(['a']).stream(), false],
    ['an async iterable', (async function* () {})(), false],
  ])('of %s can be sent again: %s', (_what, body, again) => {
    expect(isReplayable(body as never)).toBe(again)
  })

  test('is read where keepalive and a stream meet, and nowhere else', async () => {
    const kept = readRequest(new Request(url, { method: 'POST', body: 'a', keepalive: true }), {})
    expect(needsBytes(kept)).toBe(true)
    const { body } = await withBytes(kept)
    expect(Buffer.from(body as ArrayBuffer).toString()).toBe('a')
    const plain = readRequest(url, { method: 'POST', body: 'a', keepalive: true })
    const stream = readRequest(new Request(url, { method: 'POST', body: 'a' }), {})
    expect([needsBytes(plain), needsBytes(stream)]).toEqual([false, false])
  })

  test('is given on with all the rest', () => {
    const dispatcher = {} as never
    const request = readRequest(url, { method: 'post', body: 'a', headers: { a: '1' }, dispatcher })
    expect(toInit(request, [['b', '2']], 'manual')).toEqual({
      method: 'POST',
      body: 'a',
      headers: [['b', '2']],
      redirect: 'manual',
      dispatcher,
    })
  })
})
