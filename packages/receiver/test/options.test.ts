import { afterEach, describe, expect, test, vi } from 'vitest'
import { createReceiver } from '../src/create-receiver.ts'
import { googleKeys } from '../src/keys/google-keys.ts'
import type { ReceiverOptions } from '../src/options.ts'
import { pubsubPush } from '../src/push-senders.ts'
import { fixture, login } from './_receiver.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('an option that is wrong stops the start, and says what to write', () => {
  const wrong: [string, Record<string, unknown>, string][] = [
    [
      'nobody may call',
      { allow: [] },
      'allow is empty, so nobody could call: list the service accounts that may',
    ],
    [
      'no list',
      { allow: undefined },
      'allow is undefined: write a list, such as ["login-run@acme.iam.gserviceaccount.com"]',
    ],
    [
      'a person',
      { allow: ['a@example.com'] },
      'allow[0] is "a@example.com": write a service account\'s email in lower case',
    ],
    ['capitals', { allow: [login, 'Login@acme.iam.gserviceaccount.com'] }, 'allow[1] is "Login@'],
    ['a look-alike domain', { allow: ['a@evilgserviceaccount.com'] }, 'allow[0] is "a@evil'],
    ['two at signs', { allow: ['a@b@acme.iam.gserviceaccount.com'] }, 'allow[0] is'],
    ['no name', { allow: ['@acme.iam.gserviceaccount.com'] }, 'allow[0] is'],
    ['an entry that is null', { allow: [null] }, 'allow[0] is null: write an object'],
    [
      'a misspelt condition, which would let everything through',
      { allow: [{ email: login, path: ['/x'] }] },
      'allow[0] has no "path": write one of email, subject, audience, methods, paths',
    ],
    [
      'a misspelt condition of a push',
      { allow: [pubsubPush({ serviceAccount: login, path: ['/x'] } as never)] },
      'allow[0] has no "path": write one of push, email, subject, audience, methods, paths',
    ],
    [
      'methods of Pub/Sub, which has none to choose',
      { allow: [pubsubPush({ serviceAccount: login, methods: ['GET', 'POST'] } as never)] },
      'allow[0].methods is ["GET","POST"]: leave it out, pubsub delivers with POST alone',
    ],
    [
      'methods of Eventarc',
      { allow: [{ push: 'eventarc', email: login, methods: ['POST'] }] },
      'allow[0].methods is ["POST"]: leave it out, eventarc delivers with POST alone',
    ],
    [
      'no methods of a task',
      { allow: [{ push: 'cloud-tasks', email: login, methods: [] }] },
      'allow[0].methods lists nothing',
    ],
    [
      'a product that nobody knows',
      { allow: [{ push: 'sns', email: login }] },
      'allow[0].push is "sns": write "pubsub" or "cloud-tasks"',
    ],
    ['white space around an email', { allow: [` ${login}`] }, `allow[0] is " ${login}"`],
    ['an email without a project', { allow: ['a@.gserviceaccount.com'] }, 'allow[0] is "a@.'],
    ['white space around an audience', { audience: 'https://a ' }, 'audience is "https://a "'],
    ...['/a//b', '/a;b', '/a#b', '/../b', '/a/%2e/b', '/a%2Fb', '/%5cb'].map(
      (path): [string, Record<string, unknown>, string] => [
        `a path that no request can have: ${path}`,
        { allow: [{ email: login, paths: [path] }] },
        `allow[0].paths[0] is "${path}", which no path matches`,
      ],
    ),
    ['a misspelt option', { audiences: ['https://a'] }, 'options has no "audiences": write one of'],
    [
      'a key source that was not made',
      { keys: googleKeys },
      "keys is no key source: leave it out for Google's keys, or write googleKeys({",
    ],
    ['a key set for a key source', { keys: { keys: [] } }, 'keys is no key source'],
    ['true for a log', { log: true }, 'log is true: leave it out for lines on stdout'],
    ['a logger for a log', { log: console }, 'log is {'],
    ['no function to tell', { onDecision: 'log' }, 'onDecision is "log": leave it out, or give a'],
    ['no function to ask', { latest: {} }, 'latest is {}: leave it out, or give a function'],
    ['a function for a mode', { mode: () => 'enforce' }, 'mode is a function: write "enforce" or'],
    ['a time for a clock', { now: 7 }, 'now is 7'],
    [
      'a route for a list of routes',
      { unauthenticated: 'GET /ready' },
      'unauthenticated is "GET /ready": write a list, such as ["GET /ready"]',
    ],
    ['a number for a cache', { tokenCache: 7 }, 'tokenCache is 7: write an object'],
    ['a misspelt bound', { tokenCache: { max: 7 } }, 'tokenCache has no "max"'],
    [
      'an empty subject',
      { allow: [{ email: login, subject: '' }] },
      'allow[0].subject is "": write the account\'s unique id',
    ],
    [
      'an empty audience of an entry',
      { allow: [{ email: login, audience: [] }] },
      'allow[0].audience is []: write the URL',
    ],
    [
      'no methods',
      { allow: [{ email: login, methods: [] }] },
      'allow[0].methods lists nothing: leave it out to allow any, or write ["GET"]',
    ],
    [
      'a method in lower case',
      { allow: [{ email: login, methods: ['get'] }] },
      'allow[0].methods has "get": write methods in capitals',
    ],
    ['no paths', { allow: [{ email: login, paths: [] }] }, 'allow[0].paths lists nothing'],
    [
      'a path without a slash',
      { allow: [{ email: login, paths: ['x'] }] },
      'allow[0].paths[0] is "x": write a path',
    ],
    [
      'an audience that is partly no text',
      { audience: ['https://a', 7] },
      'audience is ["https://a",7]: write the URL',
    ],
    [
      'a subject that is no text',
      { allow: [{ email: login, subject: 1075 }] },
      'allow[0].subject is 1075',
    ],
    [
      'a method with something before it',
      { allow: [{ email: login, methods: ['!GET'] }] },
      'allow[0].methods has "!GET"',
    ],
    [
      'a method with something after it',
      { allow: [{ email: login, methods: ['GET!'] }] },
      'allow[0].methods has "GET!"',
    ],
    [
      'a method that is no text',
      { allow: [{ email: login, methods: [['GET']] }] },
      'allow[0].methods has ["GET"]',
    ],
    ['an empty audience', { audience: '' }, 'audience is "": write the URL'],
    [
      'a route without a method',
      { unauthenticated: ['/ready'] },
      'unauthenticated[0] is "/ready": write a route such as "GET /ready"',
    ],
    ['a route that is no text', { unauthenticated: [7] }, 'unauthenticated[0] is 7'],
    [
      'a route of three words',
      { unauthenticated: ['GET /a b'] },
      'unauthenticated[0] is "GET /a b"',
    ],
    ['an unknown mode', { mode: 'off' }, 'mode is "off": write "enforce" or "report-only"'],
    [
      'an unknown header',
      { tokenHeader: 'x-token' },
      'tokenHeader is "x-token": write "authorization" or',
    ],
    [
      'an unknown word for missingToken',
      { missingToken: true },
      'missingToken is true: write "refuse" or "pass"',
    ],
    ['an unknown word for otherTokens', { otherTokens: 'allow' }, 'otherTokens is "allow"'],
    [
      'a tolerance over a minute',
      { clockToleranceSeconds: 61 },
      'clockToleranceSeconds is 61: write a number from 0 to 60',
    ],
    ['a negative tolerance', { clockToleranceSeconds: -1 }, 'clockToleranceSeconds is -1'],
    [
      'a cache of nothing',
      { tokenCache: { maxEntries: 0 } },
      'tokenCache.maxEntries is 0: write a whole number from 1 to 100000',
    ],
    [
      'a cache without bound',
      { tokenCache: { maxEntries: Number.POSITIVE_INFINITY } },
      'tokenCache.maxEntries is Infinity',
    ],
  ]

  test.each(wrong)('%s', (_title, options, message) => {
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(TypeError)
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(message)
  })

  test.each([undefined, null, 7, 'allow', []])('%j for options', (options) => {
    expect(() => createReceiver(options as never)).toThrow(TypeError)
  })

  test('no audience to be found', () => {
    expect(() => createReceiver({ allow: [login] })).toThrow(
      /^no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud/,
    )
  })

  test('a mode in the environment that nobody knows', () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'disabled')
    expect(() => fixture()).toThrow('COUNTERSIGN_MODE is "disabled": write "enforce" or')
  })

  test('an emulator on Cloud Run, also where keys are given', () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
    vi.stubEnv('K_SERVICE', 'user-profiles')
    expect(() => fixture()).toThrow(/COUNTERSIGN_EMULATOR is set beside K_SERVICE/)
  })
})
