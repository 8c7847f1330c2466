import { expect, test } from 'vitest'
import { diffAgainstEach, diffTexts, type Piece } from '../../src/call/diff.ts'

const url = 'https://search-123.us-central1.run.app'
const marked = (pieces: readonly Piece[]) =>
  pieces.map(({ text, same }) => (same ? text : `[${text}]`)).join('')

test.each([
  ['a slash at the end', `${url}/`, `${url}[/]`, url],
  [
    'another scheme',
    url.replace('https', 'http'),
    url.replace('https', 'http'),
    url.replace('s:', '[s]:'),
  ],
  ['a path', `${url}/push`, `${url}[/push]`, url],
  [
    'another number',
    url.replace('123', '456'),
    url.replace('123', '[456]'),
    url.replace('123', '[123]'),
  ],
])('%s is what is marked', (_title, got, markedGot, markedExpected) => {
  const diff = diffTexts(got, url)
  expect(marked(diff.got)).toBe(markedGot)
  expect(marked(diff.expected)).toBe(markedExpected)
})

test('a different word is marked as a whole, even if some letters match by chance', () => {
  const diff = diffTexts(url, url.replace('search', 'user-profiles'))
  expect(marked(diff.got)).toBe('https://[search-]123.us-central1.run.app')
  expect(marked(diff.expected)).toBe('https://[user-profiles-]123.us-central1.run.app')
})

test('texts with little in common are marked as a whole', () => {
  const diff = diffTexts('32555940559.apps.googleusercontent.com', url)
  expect(marked(diff.got)).toBe('[32555940559.apps.googleusercontent.com]')
  expect(marked(diff.expected)).toBe(`[${url}]`)
})

test('an empty text has no parts', () => {
  expect(diffTexts('', url)).toMatchObject({ got: [], likeness: 0 })
})

test('the most similar of several texts comes first', () => {
  const [first] = diffAgainstEach(`${url}/`, ['https://custom.example', url])
  expect(marked(first?.expected ?? [])).toBe(url)
})
