import { callWith } from '../tokens/incoming-call.ts'
import { audience, googleIssuer, segment } from '../tokens/issuer.ts'
import type { Case } from './cases.ts'

const openPath = 1
const junk = 0.4

/** The longest path that a rule can match, and a target as long as Node takes one. */
const longestPath = 2048
const longestTarget = 15_000

/** Calls without a token: what they may cost where thirty routes need none. */
export const pathCases: readonly Case[] = [
  call('short path', { url: '/x' }, junk),
  ...[
    ['plain', 'a'],
    ['/.a', '/.a'],
    ['%41', '%41'],
    ['/%2e.a', '/%2e.a'],
  ].flatMap(([name, part = '']) => [
    call(`longest path, ${name}`, { url: target(part, longestPath) }, openPath),
    call(`too long, ${name}`, { url: target(part, longestTarget) }, junk),
  ]),
]

const header = segment({ alg: 'RS256', kid: 'x' })
const deep = 950

/** Headers and tokens that are made to cost much. */
export const headerCases: readonly Case[] = [
  bearer('15 KB', 'a'.repeat(longestTarget)),
  bearer('dots', '.'.repeat(8000)),
  bearer('15 KB of commas', ','.repeat(longestTarget)),
  call('only commas', { authorization: ','.repeat(longestTarget) }, junk),
  call('blanks and commas', { authorization: `x${' ,'.repeat(7500)}` }, junk),
  call('commas and schemes', { authorization: `x,${'bearer '.repeat(1100)}` }, junk),
  call('blanks and a scheme', { authorization: `x,y${' '.repeat(8000)}bearer a` }, junk),
  bearer('15 KB of blanks', `${' '.repeat(longestTarget)}a`),
  bearer('nested arrays', json(`${'['.repeat(2900)}${']'.repeat(2900)}`)),
  bearer('nested objects', json(nested(deep))),
  bearer('many members', json(`{${members(450)}}`)),
  bearer('many items', json(`{"a":[${'1,'.repeat(2800)}1]}`)),
  bearer(
    'long text',
    json(JSON.stringify({ iss: googleIssuer, aud: audience, a: 'x'.repeat(5500) })),
  ),
  call('names like its own', { authorization: 'Bearer a', names: namesLikeIts(900) }, junk),
  bearer('broken UTF-8', json(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(5500, 0xff)]))),
  bearer('the alphabet of base64', `${header}.${'+/'.repeat(3500)}.aa`),
  bearer('many digits', json(`{"iat":${'9'.repeat(5000)}}`)),
  bearer(
    'nested twice',
    `${Buffer.from(nested(120)).toString('base64url')}${json(nested(120)).slice(header.length)}`,
  ),
  bearer('escapes', json(`{"a":"${'\\u0041'.repeat(900)}"}`)),
]

/** Of one length with `authorization`, and different at the end. */
function namesLikeIts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Authoriz${String(index).padStart(5, '0')}`)
}

function members(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join()
}

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

function json(claims: string | Buffer): string {
  return `${header}.${Buffer.from(claims).toString('base64url')}.aa`
}

function bearer(name: string, token: string): Case {
  return call(name, { authorization: `Bearer ${token}` }, junk)
}

function call(name: string, parts: Parameters<typeof callWith>[0], atMost: number): Case {
  return { name, isAllowed: false, count: 1, call: () => callWith(parts), atMost }
}

function target(part: string, length: number): string {
  return `/x${part.repeat(Math.floor((length - 2) / part.length))}`
}
