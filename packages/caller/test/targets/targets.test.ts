import { describe, expect, test } from 'vitest'
import type { Target, TargetNotAllowedError } from '../../src/index.ts'
import { readTarget } from '../../src/targets/target.ts'
import { createTargetList, type TargetList } from '../../src/targets/targets.ts'

const svc = 'https://svc-123.us-central1.run.app'

function list(...targets: (string | Target)[]): TargetList {
  const read = (target: string | Target) => readTarget(target, 'target', undefined)
  return createTargetList(targets.map(read))
}

function find(targets: TargetList, url: string, method: string | undefined = 'GET'): string {
  return targets.find({ url: new URL(url), method }).audience
}

describe('a target list', () => {
  test('finds the target of a URL', () => {
    const targets = list(svc, 'https://other.example')
    expect(find(targets, `${svc}/profiles/7?a=1#b`)).toBe(svc)
    expect(find(targets, `${svc}:443/`)).toBe(svc)
    expect(find(targets, svc.toUpperCase())).toBe(svc)
  })

  test.each([
    'https://evil.example/',
    `${svc}.evil.example/`,
    'https://evil-svc-123.us-central1.run.app/',
    'https://svc-123.us-central1.run.app.:443/',
    'https://svc-123.us-central1.run.app./',
    `${svc}:8443/`,
    'https://user@svc-123.us-central1.run.app/',
    'https://svc-123.us-central1.run.app@evil.example/',
    'https://:secret@svc-123.us-central1.run.app/',
    'https://svc‐123.us-central1.run.app/',
    'https://xn--svc-123.us-central1.run.app/',
    'https://svc-123.us-central1.run.app%2eevil.example/',
    'https:\\\\evil.example\\',
    'data:text/plain,hello',
    'blob:https://svc-123.us-central1.run.app/1',
    'ws://svc-123.us-central1.run.app/',
    'file:///etc/passwd',
  ])('refuses the look-alike %s', (url) => {
    const targets = list(svc)
    expect(() => find(targets, url)).toThrow(
      expect.objectContaining({ code: 'target_not_allowed' }),
    )
  })

  test('says what to do about another URL, and about a user in it', () => {
    const targets = list(svc, 'https://other.example')
    const hint = expect.stringContaining(`The targets are ${svc}, https://other.example.`)
    expect(() => find(targets, 'https://evil.example')).toThrow(expect.objectContaining({ hint }))
    const withUser = `${svc.replace('//', '//user:secret@')}/`
    expect(() => find(targets, withUser)).toThrow(/contains a user or a password/)
  })

  test('tells http for https, and names the right URL', () => {
    expect(() => find(list(svc), svc.replace('https', 'http'))).toThrow(
      expect.objectContaining({ code: 'insecure_target', hint: expect.stringContaining(svc) }),
    )
    expect(() => find(list(svc), 'http://other.example')).toThrow(
      expect.objectContaining({ code: 'target_not_allowed' }),
    )
  })

  test('covers a prefix by whole segments', () => {
    const targets = list('https://gateway.example/search')
    expect(find(targets, 'https://gateway.example/search')).toBe('https://gateway.example')
    expect(find(targets, 'https://gateway.example/search/a')).toBe('https://gateway.example')
    for (const path of ['/', '/searching', '/Search', '/search/..%2fadmin', '/a/search']) {
      expect(() => find(targets, `https://gateway.example${path}`)).toThrow(
        expect.objectContaining({ code: 'target_not_allowed' }),
      )
    }
  })

  test('prefers the longest prefix', () => {
    const targets = list(
      { url: 'https://gateway.example', audience: 'all' },
      { url: 'https://gateway.example/search', audience: 'search' },
    )
    expect(find(targets, 'https://gateway.example/search/1')).toBe('search')
    expect(find(targets, 'https://gateway.example/other')).toBe('all')
  })

  test('holds a call to methods and paths', () => {
    const targets = list({ url: svc, methods: ['GET'], paths: ['/profiles/:id'] })
    expect(find(targets, `${svc}/profiles/7`)).toBe(svc)
    expect(find(targets, `${svc}/profiles/7`, 'HEAD')).toBe(svc)
    for (const [method, path] of [
      ['POST', '/profiles/7'],
      ['get', '/profiles/7'],
      ['GET', '/profiles'],
      ['GET', '/profiles/7%2f..'],
      [undefined, '/profiles/7'],
    ] as const) {
      expect(() => targets.find({ url: new URL(svc + path), method })).toThrow(
        expect.objectContaining({ code: 'operation_not_allowed' }),
      )
    }
  })

  test('asks for the method where nobody said it', () => {
    const targets = list({ url: svc, methods: ['GET'] })
    expect(() => targets.find({ url: new URL(svc), method: undefined })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('headers(url, { method })') }),
    )
  })

  test('needs one of several targets of an origin', () => {
    const targets = list(
      { url: svc, methods: ['GET'], paths: ['/a'] },
      { url: svc, methods: ['POST'], paths: ['/b'] },
    )
    expect(find(targets, `${svc}/b`, 'POST')).toBe(svc)
    expect(() => find(targets, `${svc}/b`, 'GET')).toThrow('The target does not allow')
  })

  test('says what is allowed, five rules at most', () => {
    const rules = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ url: svc, methods: ['GET'], paths: [`/${at}`] }))
    const other = { url: 'https://b.example', paths: ['/b'] }
    const hintOf = (targets: TargetList) => {
      try {
        return find(targets, `${svc}/x`)
      } catch (error) {
        return (error as TargetNotAllowedError).hint
      }
    }
    expect(hintOf(list(...rules(2), other))).toMatch(
      /^It allows GET on \/0; GET on \/1\. Add the method and the path/,
    )
    expect(hintOf(list(...rules(5)))).toMatch(/GET on \/4\. Add/)
    expect(hintOf(list(...rules(7)))).toMatch(/GET on \/4; 2 more\. Add/)
  })

  test('gives the targets of one name', () => {
    const targets = list({ url: svc, name: 'a' }, { url: 'https://b.example', name: 'b' }, svc)
    expect(targets.named('b').base).toBe('https://b.example')
    expect(targets.named('b')).toBe(targets.named('b'))
    expect(() => find(targets.named('b'), svc)).toThrow('is not a configured target')
    expect(targets.names).toEqual(['a', 'b'])
    expect(targets.named('c').base).toBeUndefined()
    expect(() => find(targets.named('c'), svc)).toThrow('is not a configured target')
    // Names may come from requests: one that nothing has is not kept.
    expect(targets.named('c')).not.toBe(targets.named('c'))
    expect(targets.audiences).toEqual([svc, 'https://b.example'])
  })
})
