import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  errorText,
  escapeControls,
  redact,
  redactedCause,
  redactedPath,
  redactedUrl,
} from '../src/redact.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const token = signed({ aud: 'https://svc.example', email: 'login@acme.iam.gserviceaccount.com' })

function signed(claims: object): string {
  const input = [{ alg: 'RS256', kid: 'abc' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

function percentEncoded(text: string): string {
  return [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
}

const secrets = {
  'a token': token,
  'a token, its dots encoded': token.replaceAll('.', '%2E'),
  'a token, encoded twice': token.replaceAll('.', '%252e'),
  'a token, each character encoded': percentEncoded(token),
  'a token, each character encoded twice': percentEncoded(token).replaceAll('%', '%25'),
  'a token with a blank in its header': token.replace(
    /^[^.]+/,
    Buffer.from(' {"alg":"RS256"}').toString('base64url'),
  ),
  'a token in lower case': token.toLowerCase(),
  'an access token': `ya29.c.${randomBytes(48).toString('base64url')}`,
  'an access token, its dots encoded': `ya29%2Ec%2E${randomBytes(48).toString('base64url')}`,
  'a refresh token': `1//${randomBytes(20).toString('base64url')}`,
  'a refresh token, encoded': `1%2F%2F${randomBytes(20).toString('base64url')}`,
  'a refresh token of JSON that escapes slashes': `1\\/\\/0g${randomBytes(20).toString('base64url')}`,
  'a token, its letters as numbers in JSON': token.replace(/[a-z]/g, (letter) => {
    return `\\u00${letter.charCodeAt(0).toString(16)}`
  }),
  'a token, its letters as numbers in JavaScript': token.replace(/[a-z]/g, (letter) => {
    return `\\x${letter.charCodeAt(0).toString(16)}`
  }),
  'a token, encoded five times': token.replaceAll('.', '%252525252e'),
  'an API key': `AIzaSy${'aB3-'.repeat(8)}x`,
  "AWS's secret key": 'q8Lm2ZxR7vKd9Wp3TnYc5HbGs6FjU4aEi1XoQwVt',
  "AWS's key id": 'AKIAIOSFODNN7EXAMPLE',
  "AWS's temporary key id": 'ASIAIOSFODNN7EXAMPLE',
  'a client secret': 'GOCSPX-abcdefghijklmnopqrstuvwx',
  'a private key': pem,
  'a private key on one line': JSON.stringify(pem).slice(1, -1),
  'an opaque key': randomBytes(64).toString('base64'),
  'a key in hexadecimal': randomBytes(32).toString('hex'),
}

/** No eight characters in a row of it are left. */
function expectHidden(shown: string, secret: string): void {
  const core = secret.replace(/-----[A-Z ]+-----|\\n/g, '')
  for (let at = 0; at + 8 <= core.length; at += 1) {
    expect(shown).not.toContain(core.slice(at, at + 8))
  }
}

describe.for(Object.entries(secrets))('%s is hidden', ([, secret]) => {
  test.for([
    ['alone', (text: string) => text],
    ['in a sentence', (text: string) => `The token ${text} is wrong.`],
    ['in quotes', (text: string) => `{"x":"${text}"}`],
    ['in a path', (text: string) => `/open/${text}`],
    ['behind an escape', (text: string) => `/open/%20${text}`],
    ['behind a letter', (text: string) => (text.startsWith('1') ? text : `/x${text}`)],
    ['in a URL', (text: string) => `calling https://svc.example/open/${text}/x failed`],
    ['in a query', (text: string) => `calling https://svc.example/?x=${text}#y failed`],
    ['as a password', (text: string) => `calling https://me:${text}@svc.example/ failed`],
    ['cut off', (text: string) => 'x '.repeat(120) + text],
  ] as const)('%s', ([, wrap]) => {
    const shown = redact(wrap(secret))
    expectHidden(shown, secret)
    expect(shown.length).toBeLessThanOrEqual(301)
  })
})

test.for([
  ['folded', '\r\n '],
  ['folded with a tab', '\n\t'],
  ['split by what is invisible', '\u200b'],
  ['split by a control character', '\u0007'],
  ['split by line feeds', '\n'],
  ['split by returns', '\r'],
  ['split by both', '\r\n'],
  ['split by an escaped line feed', '\\n'],
  ['split by a line feed as a number', '\\u000a'],
  ['split by an encoded line feed', '%0A'],
  ['split by a line feed that is encoded twice', '%250a'],
  ['split by an encoded soft hyphen', '%C2%AD'],
  ['split by a no-break space', '\u00a0'],
  ['split by a line separator', '\u2028'],
  ['split by a variation selector', '\ufe0f'],
  ['split by half a character', '\ud83d'],
  ['split by colours', '\u001b[31m'],
] as const)('a token that is %s is hidden', ([, split]) => {
  const middle = token.indexOf('.') + 9
  const halves = [token.slice(0, middle), token.slice(middle)] as const
  const pieces = token.match(/.{1,20}/g) ?? []
  for (const secret of [
    halves.join(split),
    token.replaceAll('.', `.${split}`),
    ...(split.length > 2 || /[\r\n]./.test(split) ? [] : [pieces.join(split)]),
  ]) {
    for (const part of token.split('.')) expectHidden(redact(`/x/${secret}`), part.slice(24))
  }
})

test.for([
  'Bearer open-sesame-of-forty',
  'authorization: bearer open-sesame-of-forty',
  '/x/Bearer%20open-sesame-of-forty',
  '/x/Bearer+open-sesame-of-forty',
  'Basic b3Blbi1zZXNhbWUtb2YtZm9ydHk=',
])('the credentials of %s are hidden, whatever they look like', (text) => {
  expect(redact(text)).toMatch(/^(?:authorization: |\/x\/)?[Bb](?:earer|asic)[ +]\[redacted\]$/)
})

test.for([
  ['{"client_secret": "aBcDeF"}', '{"client_secret": "[redacted]"}'],
  ["{'Password':'hunter22'}", "{'Password':'[redacted]'}"],
  ['{\\"refresh_token\\":\\"abcdef\\"}', '{\\"refresh_token\\":\\"[redacted]\\"}'],
  [
    '{"SecretAccessKey":"abc/def+","Token":"ghijkl"}',
    '{"SecretAccessKey":"[redacted]","Token":"[redacted]"}',
  ],
  ['grant_type=x&assertion=abcdef&scope=y', 'grant_type=x&assertion=[redacted]&scope=y'],
  ['AWS_SECRET_ACCESS_KEY=abcdef', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
  ['Set-Cookie: SID=a; Path=/\\r\\nDate: x', 'Set-Cookie: [redacted]'],
  ['cookie: a=b', 'cookie: [redacted]'],
  ['AWS: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.', 'AWS: [redacted].'],
] as const)('the value of a name that says so is hidden: %s', ([text, shown]) => {
  expect(redact(text)).toBe(shown)
})

test.for([
  ['https://me:pass@word@svc.example/a?b=c#d', 'https://[redacted]@svc.example/a'],
  ['GET https://svc.example?b=c failed', 'GET https://svc.example failed'],
  [
    'Failed to parse URL from //me:pass@host:99999/x#y',
    'Failed to parse URL from //[redacted]@host:99999/x',
  ],
  ['"/x?y=z" and (/x#y)', '"/x" and (/x'],
] as const)('%s loses the user, the query and the fragment', ([text, shown]) => {
  expect(redact(text)).toBe(shown)
})

test.for([
  'invalid_grant: iamcredentials.googleapis.com login@acme-prod.iam.gserviceaccount.com',
  "ENOENT: no such file or directory, open '/home/somebody/projects/a-rather-long-name/config/key.json'",
  'connect ECONNREFUSED 127.0.0.1:8790',
  'What? That is all.',

  'invalid_grant: subject_token: expired, since the token is of yesterday',
  'the secret projects/acme/secrets/policy of asia-northeast1 is missing',
  'C:\\Users\\new\\tokens\\readme.txt',
  '/v1/orders/ORD-2026-AB12/items/SKU-77/x2',
  '/v1/users/AbCdEf123456/Orders2/x1/Y2/z',
  '105a1b2c3d4e5f60718293a4b5c6d7e8f9012345',
  '3f2b8c9e-1a2b-4c3d-8e9f-0a1b2c3d4e5f',
  'projects/123/locations/global/workloadIdentityPools/emulator-1a2b3c4d5e6f7a8b/providers/emulator',
  'https://a-service-with-a-long-name-of-forty-characters-1-123456789012.us-central1.run.app/x',
])('%s stays', (text) => {
  expect(redact(text)).toBe(text)
})

test('is cut where it is long', () => {
  expect(redact('a b '.repeat(1_000_000))).toBe(`${'a b '.repeat(75)}…`)
  expect(redact('a b c', 3)).toBe('a b…')
})

test('control and bidi characters and line separators are escaped', () => {
  const text =
    'a\u001b[31m\r\n\u0085\u009b\u007f\u2028\u2029\u202a\u202e\u2066\u2069\u200b\ufeff\ud800z é日🙂'
  const escaped =
    'a\\u{1b}[31m\\u{d}\\u{a}\\u{85}\\u{9b}\\u{7f}\\u{2028}\\u{2029}\\u{202a}\\u{202e}\\u{2066}\\u{2069}\\u{200b}\\u{feff}\\u{d800}z é日🙂'
  expect(escapeControls(text)).toBe(escaped)
  expect(redact(text)).toBe(escaped)
})

describe('a path', () => {
  test.each([
    '/',
    '/profiles/7',
    '/profiles/107511111111111111111/photo.png',
    '/v1/projects/acme-prod/locations/us-central1/queues/orders/tasks/of-today',
    '/a%20b/c=d',
    '/keyJson/monkeyJungle',
    `/${encodeURIComponent('日本語のとても長いパス')}`,
  ])('stays as %s', (path) => {
    expect(redactedPath(path)).toBe(path)
    expect(redactedPath(`${path}?token=${token}`)).toBe(path)
    expect(redactedPath(`${path}#${token}`)).toBe(path)
  })

  test.each([
    `/${token}`,
    `/a/${token}/b`,
    `/a;token=${token}`,
    `/a%20${token}`,
    `/${'A'.repeat(60)}/b`,
    `/1//${'0g'.repeat(10)}`,
  ])('holds no secret: %#', (path) => {
    expect(redactedPath(path)).toContain('[redacted]')
    expect(redactedPath(path)).not.toMatch(/eyJ|AAAA|0g0g/)
  })

  test('is cut where it is long', () => {
    expect(redactedPath('/ab'.repeat(5_000))).toHaveLength(301)
  })

  test('of a target that is a whole URL shows no user', () => {
    expect(redactedPath('http://me:word@svc.example/a?b')).toBe('http://[redacted]@svc.example/a')
  })
})

describe('a URL', () => {
  test('is shown without user, query and fragment', () => {
    expect(redactedUrl(new URL('https://me:word@svc.example:444/a/b?c#d'))).toBe(
      'https://svc.example:444/a/b',
    )
  })

  test('holds no token in its host, which the parser writes in lower case', () => {
    const url = new URL(`https://${token}.svc.example/a`)
    expectHidden(redactedUrl(url), token.toLowerCase())
  })

  test('of another scheme is that scheme', () => {
    expect(redactedUrl(new URL(`data:text/plain,${token}`))).toBe('data:')
  })
})

test('a hostile text costs no time', () => {
  const begun = performance.now()
  for (const text of [
    'a-',
    'eyJ',
    '?&',
    '-----BEGIN ',
    '//',
    '@/',
    '%25',
    '.a',
    'a?',
    '\r\n ',
    ' ',
    '//a@',
    '\\u0041',
    '\\n',
    'token=',
    '"token":"',
    'cookie: ',
    'aB1',
    'asia',
    '1//',
    'bearer ',
    'abcdefgh.',
    '%%',
  ]) {
    redact(text.repeat(20_000 / text.length))
    redactedPath(`/${text.repeat(20_000 / text.length)}`)
  }
  expect(performance.now() - begun).toBeLessThan(500)
})

describe('a redacted cause', () => {
  test('keeps names, codes and causes, and nothing else', () => {
    const inner = Object.assign(new Error(`no ${token}`), { code: 'ECONNREFUSED', config: token })
    const outer = Object.assign(new TypeError('fetch failed', { cause: inner }), {
      response: token,
    })
    const copy = redactedCause(outer)
    expect(copy).toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { message: 'no [redacted]', code: 'ECONNREFUSED' },
    })
    expect(inspect(copy, { depth: 9 })).not.toContain(token)
  })

  test('of what is no error is its text, or nothing', () => {
    expect(redactedCause(`no ${token}`)).toBe('no [redacted]')
    expect(redactedCause({ token })).toBeUndefined()
    const codes = [429, token, { token }].map((code) =>
      redactedCause(Object.assign(new Error('x'), { code })),
    )
    expect(codes).toMatchObject([{ code: 429 }, { code: '[redacted]' }, { code: undefined }])
  })

  test('goes a few causes deep', () => {
    const loop = new Error('loop')
    loop.cause = loop
    expect(inspect(redactedCause(loop), { depth: 20 }).match(/loop/g)?.length).toBe(5)
  })
})

test('the text of an error is its message and its cause, redacted', () => {
  expect(errorText(new Error('a', { cause: new Error(`b ${token}\n`) }))).toBe(
    'a: b [redacted]\\u{a}',
  )
  expect(errorText(new Error(`b ${token}`))).toBe('b [redacted]')
  expect(errorText(`b ${token}`)).toBe('b [redacted]')
})
