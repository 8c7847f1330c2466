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
      'allow must not be empty, since nobody could call then: write the service accounts that may call',
    ],
    [
      'no list',
      { allow: undefined },
      'allow must be a list, but is undefined: write one such as ["login-run@acme.iam.gserviceaccount.com"]',
    ],
    [
      'a person',
      { allow: ['a@example.com'] },
      'allow[0] must be a service account\'s email that ends in ".gserviceaccount.com", but is "a@example.com": write one such as "login-run@',
    ],
    [
      'a mistyped domain',
      { allow: ['login-run@acme.iam.gserviceacount.com'] },
      'allow[0] must be a service account\'s email that ends in ".gserviceaccount.com", but is "login-run@acme.iam.gserviceacount.com": did you mean "login-run@acme.iam.gserviceaccount.com"?',
    ],
    [
      'a mistyped domain without a project',
      { allow: ['login@gserviceacount.com'] },
      'but is "login@gserviceacount.com": write one such as',
    ],
    [
      'capitals',
      { allow: [login, 'Login@acme.iam.gserviceaccount.com'] },
      'allow[1] must be a service account\'s email in lower case, with nothing around it, but is "Login@',
    ],
    ...[
      'serviceAccount:EMAIL',
      'serviceaccount:EMAIL',
      'mailto:EMAIL',
      '<EMAIL>',
      '"EMAIL"',
      '\ufeffEMAIL',
      'EMAIL\n',
      'projects/-/serviceAccounts/EMAIL',
    ].map((form): [string, Record<string, unknown>, string] => [
      `IAM's or another form, ${JSON.stringify(form)}`,
      { allow: [form.replace('EMAIL', 'search-run@acme.iam.gserviceaccount.com')] },
      ': write "search-run@acme.iam.gserviceaccount.com"',
    ]),
    ['a pattern', { allow: ['*@acme.iam.gserviceaccount.com'] }, 'write one such as'],
    [
      'two in one text',
      { allow: [`${login},search-run@acme.iam.gserviceaccount.com`] },
      'write one such as',
    ],
    [
      'an audience with quotation marks',
      { audience: '"https://search.example"' },
      'audience must be one audience, as it stands in aud, but is',
    ],
    [
      'audiences in one text',
      { audience: 'https://a.example, https://b.example' },
      'audience must be one audience',
    ],
    [
      'a pattern of audiences',
      { audience: ['https://*.us-central1.run.app'] },
      'audience must be one audience',
    ],
    ['no domain', { allow: ['login-run'] }, 'but is "login-run": write one such as'],
    ['a look-alike domain', { allow: ['a@evilgserviceaccount.com'] }, 'but is "a@evil'],
    ['two at signs', { allow: ['a@b@acme.iam.gserviceaccount.com'] }, 'allow[0] must be a'],
    ['no name', { allow: ['@acme.iam.gserviceaccount.com'] }, 'allow[0] must be a'],
    [
      'an entry that is null',
      { allow: [null] },
      'allow[0] must be an object, but is null: write { … }',
    ],
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
      'allow[0].methods must be left out for pubsub, but is ["GET","POST"]: pubsub delivers only with POST',
    ],
    [
      'methods of Eventarc',
      { allow: [{ push: 'eventarc', email: login, methods: ['POST'] }] },
      'allow[0].methods must be left out for eventarc, but is ["POST"]: eventarc delivers only with POST',
    ],
    [
      'no methods of a task',
      { allow: [{ push: 'cloud-tasks', email: login, methods: [] }] },
      'allow[0].methods must not be empty',
    ],
    [
      'a product that nobody knows',
      { allow: [{ push: 'sns', email: login }] },
      'allow[0].push must be "pubsub" or "cloud-tasks"',
    ],
    ['white space around an email', { allow: [` ${login}`] }, `but is " ${login}"`],
    ['an email without a project', { allow: ['a@.gserviceaccount.com'] }, 'but is "a@.'],
    [
      'white space around an audience',
      { audience: 'https://a ' },
      'audience must be an audience or a list of them, but is "https://a "',
    ],
    ...['/a//b', '/a;b', '/a#b', '/../b', '/a/%2e/b', '/a%2Fb', '/%5cb'].map(
      (path): [string, Record<string, unknown>, string] => [
        `a path that no request can have: ${path}`,
        { allow: [{ email: login, paths: [path] }] },
        `allow[0].paths[0] must be a plain path, but is "${path}": write it without`,
      ],
    ),
    [
      'a misspelt option',
      { audiences: ['https://a'] },
      'receiver options has no "audiences": write one of',
    ],
    [
      'a key source that was not made',
      { keys: googleKeys },
      'keys must be a key source: write googleKeys({',
    ],
    ['a key set for a key source', { keys: { keys: [] } }, 'keys must be a key source'],
    [
      'true for a log',
      { log: true },
      'log must be a function or false, but is true: write a function',
    ],
    ['a logger for a log', { log: console }, 'but is {'],
    ['no function to tell', { onDecision: 'log' }, 'onDecision must be a function, but is "log"'],
    [
      'no function to ask',
      { latest: {} },
      'latest must be a function, but is {}: write one, or leave it out',
    ],
    [
      'a function for a mode',
      { mode: () => 'enforce' },
      'mode must be "enforce" or "report-only", but is a function',
    ],
    ['a time for a clock', { now: 7 }, 'now must be a function, but is 7'],
    [
      'a route for a list of routes',
      { unauthenticated: 'GET /ready' },
      'unauthenticated must be a list, but is "GET /ready": write one such as ["GET /ready"]',
    ],
    [
      'a number for a cache',
      { tokenCache: 7 },
      'tokenCache must be an object, but is 7: write { … }',
    ],
    ['a misspelt bound', { tokenCache: { max: 7 } }, 'tokenCache has no "max"'],
    [
      'an empty subject',
      { allow: [{ email: login, subject: '' }] },
      'allow[0].subject must be the account\'s unique id, but is "": write the output of gcloud',
    ],
    [
      'an empty audience of an entry',
      { allow: [{ email: login, audience: [] }] },
      'allow[0].audience must be an audience or a list of them, but is []: write the URL',
    ],
    [
      'no methods',
      { allow: [{ email: login, methods: [] }] },
      'allow[0].methods must not be empty: write ["GET"], or leave it out to allow any',
    ],
    [
      'a method in lower case',
      { allow: [{ email: login, methods: ['get'] }] },
      'allow[0].methods must be methods in capital letters, but has "get": write one such as "GET"',
    ],
    ['no paths', { allow: [{ email: login, paths: [] }] }, 'allow[0].paths must not be empty'],
    [
      'a path without a slash',
      { allow: [{ email: login, paths: ['x'] }] },
      'allow[0].paths[0] must be a path, but is "x": write',
    ],
    [
      'an audience that is partly no text',
      { audience: ['https://a', 7] },
      'but is ["https://a",7]: write the URL',
    ],
    ['a subject that is no text', { allow: [{ email: login, subject: 1075 }] }, 'but is 1075'],
    [
      'a method with something before it',
      { allow: [{ email: login, methods: ['!GET'] }] },
      'but has "!GET"',
    ],
    [
      'a method with something after it',
      { allow: [{ email: login, methods: ['GET!'] }] },
      'but has "GET!"',
    ],
    [
      'a method that is no text',
      { allow: [{ email: login, methods: [['GET']] }] },
      'but has ["GET"]',
    ],
    [
      'a host for an audience',
      { audience: 'search-123.us-central1.run.app' },
      'audience must be a URL, but is "search-123.us-central1.run.app": write "https://search-123.us-central1.run.app"',
    ],
    [
      'a host for an audience of an entry',
      { allow: [{ email: login, audience: ['custom', 'r-p.cloudfunctions.net/fn/'] }] },
      'allow[0].audience must be a URL, but is "r-p.cloudfunctions.net/fn/": write "https://r-p.cloudfunctions.net/fn"',
    ],
    ['an empty audience', { audience: '' }, 'but is "": write the URL'],
    [
      'a route without a method',
      { unauthenticated: ['/ready'] },
      'unauthenticated[0] must be a method and a path, but is "/ready": write one such as "GET /ready"',
    ],
    [
      'a route that is no text',
      { unauthenticated: [7] },
      'unauthenticated[0] must be a method and a path, but is 7',
    ],
    ['a route of three words', { unauthenticated: ['GET /a b'] }, 'but is "GET /a b"'],
    ['an unknown mode', { mode: 'off' }, 'mode must be "enforce" or "report-only", but is "off"'],
    ['an unknown header', { tokenHeader: 'x-token' }, 'tokenHeader must be "authorization" or'],
    [
      'an unknown word for missingToken',
      { missingToken: true },
      'missingToken must be "refuse" or "pass", but is true',
    ],
    [
      'an unknown word for otherTokens',
      { otherTokens: 'allow' },
      'otherTokens must be "refuse" or "pass", but is "allow"',
    ],
    [
      'a tolerance over a minute',
      { clockToleranceSeconds: 61 },
      'clockToleranceSeconds must be a number from 0 to 60, but is 61: write 30',
    ],
    ['a negative tolerance', { clockToleranceSeconds: -1 }, 'but is -1'],
    [
      'a cache of nothing',
      { tokenCache: { maxEntries: 0 } },
      'tokenCache.maxEntries must be a whole number from 1 to 100000, but is 0: write 1000',
    ],
    [
      'a cache without bound',
      { tokenCache: { maxEntries: Number.POSITIVE_INFINITY } },
      'but is Infinity',
    ],
  ]

  test.each([undefined, null, [], 'x'])('no options, but %j', (options) => {
    expect(() => createReceiver(options as never)).toThrow(
      new TypeError(
        `receiver options must be an object, but is ${JSON.stringify(options)}: write { allow: ["login-run@acme.iam.gserviceaccount.com"] }, or policy.receiver("search")`,
      ),
    )
  })

  test.each(wrong)('%s', (_title, options, message) => {
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(TypeError)
    expect(() => fixture(options as Partial<ReceiverOptions>)).toThrow(message)
  })

  test.each([undefined, null, 7, 'allow', []])('%j for options', (options) => {
    expect(() => createReceiver(options as never)).toThrow(TypeError)
  })

  test('no audience to be found', () => {
    expect(() => createReceiver({ allow: [login] })).toThrow(
      /^there is no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud/,
    )
  })

  test('a mode in the environment that nobody knows', () => {
    vi.stubEnv('COUNTERSIGN_MODE', 'disabled')
    expect(() => fixture()).toThrow(
      'COUNTERSIGN_MODE must be "enforce" or "report-only", but is "disabled"',
    )
  })

  test('an emulator on Cloud Run, also where keys are given', () => {
    vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
    vi.stubEnv('K_SERVICE', 'user-profiles')
    expect(() => fixture()).toThrow(/COUNTERSIGN_EMULATOR is set beside K_SERVICE/)
  })
})
