import { describe, expect, test } from 'vitest'
import { withUrlsHere } from '../../src/proxy/forward.ts'

const here = 'http://127.0.0.1:8080'
const urls = {
  base: 'https://search-4.run.app',
  aliases: ['https://search.example', 'no url'],
  here,
}

describe('an address in an answer', () => {
  test.each([
    ['https://search-4.run.app/new?q=1#a', `${here}/new?q=1#a`],
    ['HTTPS://Search-4.run.app', here],
    ['http://search-4.run.app/', `${here}/`],
    ['https://search-4.run.app:443/', `${here}/`],
    ['//search-4.run.app/x', `${here}/x`],
    ['https://search.example/x', `${here}/x`],
    ['/new', '/new'],
    ['new', 'new'],
    ['?page=2', '?page=2'],
    ['https://accounts.example/?to=https://search-4.run.app/', undefined],
    ['https://search-4.run.app.evil.example/', undefined],
    ['https://search-4.run.app@evil.example/', undefined],
    ['https://ann@search-4.run.app/', undefined],
    ['https://search-4.run.app:8443/', undefined],
    ['mailto:ann@search-4.run.app', undefined],
  ])('%s', (url, expected = url) => {
    const headers = ['Location', url, 'content-location', url, 'X-Location', url]
    expect(withUrlsHere(headers, urls)).toEqual([
      'Location',
      expected,
      'content-location',
      expected,
      'X-Location',
      url,
    ])
  })

  test.each([
    ['https://a.example/prefix/new', `${here}/new`],
    ['https://a.example/prefix', here],
    ['https://a.example/prefixed', undefined],
    ['https://a.example/other', undefined],
    ['/prefix/new', '/new'],
    ['/prefix', '/'],
    ['/other', undefined],
  ])('of a service beneath a path: %s', (url, expected = url) => {
    const beneath = { base: 'https://a.example/prefix', aliases: [], here }
    expect(withUrlsHere(['location', url], beneath)).toEqual(['location', expected])
  })

  test.each([
    ['https://green---search-4.run.app/x', `${here}/x`],
    ['https://search-4.run.app/x', `${here}/x`],
    ['https://blue---search-4.run.app/x', undefined],
  ])('of a tagged revision: %s', (url, expected = url) => {
    const tagged = { base: 'https://green---search-4.run.app', aliases: [], here }
    expect(withUrlsHere(['location', url], tagged)).toEqual(['location', expected])
  })

  test.each([
    ['5; url=https://search-4.run.app/x', `5; url=${here}/x`],
    ['0;URL=/x', '0;URL=/x'],
    ['0;https://search-4.run.app/x', `0;${here}/x`],
    ['0, "https://search-4.run.app/x"', `0, "${here}/x"`],
    ['0 url=https://search-4.run.app/x', `0 url=${here}/x`],
    ['5', '5'],
    ['5;', '5;'],
  ])('Refresh: %s', (value, expected) => {
    expect(withUrlsHere(['Refresh', value], urls)).toEqual(['Refresh', expected])
  })

  test.each([
    ['a=1; Domain=search-4.run.app; Path=/', 'a=1; Path=/'],
    ['a=1; domain=.SEARCH.example', 'a=1'],
    ['a=domain=x; Domain=other.example', 'a=domain=x; Domain=other.example'],
    ['a=1; Secure', 'a=1; Secure'],
  ])('Set-Cookie: %s', (value, expected) => {
    expect(withUrlsHere(['Set-Cookie', value], urls)).toEqual(['Set-Cookie', expected])
  })

  test.each([
    ['a=1; Path=/prefix; Secure', 'a=1; Path=/; Secure'],
    ['a=1; path=/prefix/sub; Domain=a.example', 'a=1; path=/sub'],
    ['a=1; Path=/', 'a=1; Path=/'],
    ['a=path=/prefix; Path=/prefixed', 'a=path=/prefix; Path=/prefixed'],
  ])('Set-Cookie of a service beneath a path: %s', (value, expected) => {
    const beneath = { base: 'https://a.example/prefix', aliases: [], here }
    expect(withUrlsHere(['Set-Cookie', value], beneath)).toEqual(['Set-Cookie', expected])
  })
})
