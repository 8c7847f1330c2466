import { parsedUrl } from '@countersign/shared/realm/urls'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
})

test.each([
  ['https://a.example/x', undefined, 'https://a.example/x'],
  ['x', 'https://a.example/y/', 'https://a.example/y/x'],
  ['//b.example', 'https://a.example/', 'https://b.example/'],
  ['x', undefined, undefined],
  ['https://', undefined, undefined],
])('%s with the base %s', (text, base, href) => {
  expect(parsedUrl(text, base)?.href).toBe(href)
})

test("with the URL of an older jsdom, which can't say whether a text is one", () => {
  class Older extends URL {}
  Object.assign(Older, { parse: undefined, canParse: undefined })
  vi.stubGlobal('URL', Older)
  expect(parsedUrl('https://a.example')).toBeInstanceOf(Older)
  expect(parsedUrl('a')).toBeUndefined()
})
