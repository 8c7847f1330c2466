import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Result, run } from './command.ts'
import {
  attempt,
  notAuthenticated,
  own,
  request,
  setIamPolicy,
  taskAttempt,
} from './logs/_entries.ts'

const profiles = 'user-profiles'
const login = 'login-run@acme.iam.gserviceaccount.com'
const reports = 'reports-run@acme.iam.gserviceaccount.com'

async function file(content: string, name = 'log.json'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-why-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

async function why(entries: readonly unknown[], ...args: string[]): Promise<Result> {
  return run(['why', await file(JSON.stringify(entries, null, 2)), ...args])
}

/** An hour in which the grant of login was taken away, and reports was deployed. */
function incident(): object[] {
  const refused = Array.from({ length: 40 }, (_, call) => [
    request({ second: 600 + call, service: profiles, call }, 403, notAuthenticated),
    ...(call % 10 === 0 ? [] : [request({ second: 600 + call, service: 'login', call }, 500)]),
  ])
  const code = 'caller_not_allowed'
  const denial = { code, enforced: true, caller: reports, method: 'GET', path: '/profiles/7' }
  const denied = [1, 2, 3].flatMap((call) => [
    request({ second: 900 + call, service: profiles, call: 1000 + call }, 403),
    own({ second: 900 + call, service: profiles, call: 1000 + call }, denial),
  ])
  return [
    request({ second: 0, service: profiles, call: 5000 }, 200),
    setIamPolicy({ second: 590, service: profiles }, 'REMOVE', `serviceAccount:${login}`),
    ...refused.flat(),
    request({ second: 780, service: 'reports', revision: 'reports-00042-x', call: 5001 }, 200),
    request({ second: 901, service: 'reports', revision: 'reports-00042-x', call: 1001 }, 200),
    ...denied,
    own({ second: 902, service: profiles }, { code, enforced: true, suppressed: 5 }),
  ].toReversed()
}

describe('countersign why', () => {
  test('says what happened, who refused, who called, and the fix', async () => {
    const { stdout, code } = await why(incident())
    expect(stdout).toMatch(/40 × 403 02:10 {2}user-profiles: refused by the front door/)
    expect(stdout).toContain('login (its own log, joined by trace: 36 of 40)')
    expect(stdout).toContain('CAUSE  invoker_missing (likely)')
    expect(stdout).toMatch(/before 02:09 roles\/run.invoker taken from/)
    expect(stdout).toContain('gcloud run services add-iam-policy-binding user-profiles')
    expect(stdout).toMatch(/3 × 403 02:15 {2}user-profiles: refused by the receiver/)
    expect(stdout).toContain('GET /profiles/:id')
    expect(stdout).toContain('CAUSE  caller_not_allowed (certain)')
    expect(stdout).toContain('Not known: 0 calls without a trace; suppressed denials: 5')
    expect(code).toBe(1)
  })

  test('reads lines as it reads a list', async () => {
    const lines = incident().map((entry) => JSON.stringify(entry))
    const list = await why(incident(), '--json')
    const other = await run(['why', '-', '--json'], { input: lines.join('\n') })
    const compact = await run(['why', '-', '--json'], { input: JSON.stringify(incident()) })
    const { from: _, ...result } = JSON.parse(list.stdout)
    expect(JSON.parse(other.stdout)).toMatchObject(result)
    expect(JSON.parse(compact.stdout)).toMatchObject(result)
  })

  test('knows a deploy of the caller shortly before, if a policy says which account it has', async () => {
    const policy = await file(
      JSON.stringify({
        services: {
          reports: { serviceAccount: reports, calls: { [profiles]: {} } },
          [profiles]: {
            url: 'https://user-profiles-123.us-central1.run.app',
            serviceAccount: 'profiles-run@acme.iam.gserviceaccount.com',
          },
        },
      }),
      'countersign.jsonc',
    )
    const { stdout } = await why(incident(), '--policy', policy)
    expect(stdout).toContain('first seen 2 minutes after revision reports-00042-x')
    expect(stdout).toContain('under "reports"')
  })

  test('reads products that deliver', async () => {
    const jobs =
      'https://us-central1-run.googleapis.com/v2/projects/acme/locations/us-central1/jobs/j:run'
    const push = `https://${profiles}-123.us-central1.run.app/push`
    const { stdout } = await why(
      [
        attempt(10, jobs, 401, 'UNAUTHENTICATED'),
        attempt(20, push, 403, 'PERMISSION_DENIED'),
        taskAttempt(30, 'https://other-123.us-central1.run.app/t', 'PERMISSION_DENIED'),
        request({ second: 21, service: profiles, call: 1 }, 403, notAuthenticated),
      ],
      '--json',
    )
    const groups = JSON.parse(stdout).groups as { cause?: { code: string }; caller?: string }[]
    expect(groups.map(({ cause, caller }) => [cause?.code, caller])).toEqual(
      expect.arrayContaining([
        ['id_token_to_google_api', 'Cloud Scheduler nightly'],
        ['service_agent_role', 'Cloud Tasks 1'],
        // Its token came to the front door.
        ['invoker_missing', 'Cloud Scheduler nightly'],
      ]),
    )
  })

  test('a log without refusals ends with 0', async () => {
    const { stdout, code } = await why([request({ second: 1, service: profiles, call: 1 }, 200)])
    expect([stdout.includes('No refused call'), code]).toEqual([true, 0])
  })

  test('a caller that sent nothing', async () => {
    const entry = {
      code: 'target_not_allowed',
      enforced: true,
      url: 'https://a.example/x',
      method: 'GET',
    }
    const { stdout } = await why([own({ second: 1, service: 'login', call: 1 }, entry)])
    expect(stdout).toContain('login: refused by the caller')
    expect(stdout).toContain('CAUSE  own_refusal (certain)')
  })
})

describe('a hostile log', () => {
  const hostile =
    'a\u001b]0;x\u0007\u001b[2J\u009b2J\u202eb\u2028c eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImEifQ.c2ln'
  const entries = [
    own(
      { second: 1, service: profiles, call: 1 },
      {
        code: 'audience_mismatch',
        enforced: true,
        caller: hostile,
        method: hostile,
        path: `/${hostile}`,
        got: hostile,
        expected: hostile,
      },
    ),
    request({ second: 2, service: profiles, call: 2 }, 403, `${notAuthenticated} ${hostile}`),
    setIamPolicy({ second: 1, service: profiles }, 'ADD', `serviceAccount:${hostile}`),
  ]

  test.each([[], ['--json']])('moves no cursor and shows no token, with %s', async (...json) => {
    const { stdout, stderr } = await why(entries, ...json.flat())
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|eyJ/u)
    expect(stdout).toContain('user-profiles')
  })

  test('what can not be read is counted, and everything else explained', async () => {
    const good = JSON.stringify(
      request({ second: 2, service: profiles, call: 2 }, 403, notAuthenticated),
    )
    const long = JSON.stringify({ logName: 'x', textPayload: 'y'.repeat(10_000_000) })
    const input = [
      'Listing entries… <html>no</html>',
      good,
      '{"broken": "no end',
      good,
      long,
      'z'.repeat(10_000_000),
      good,
      '{"a": {"b": 1}',
      good,
      '[1, 2, "three"]',
      '{"jsonPayload": []} null',
      '{"cut": ',
    ].join('\n')
    const { stdout, code } = await run(['why', '-', '--json'], { input })
    const { groups, notKnown } = JSON.parse(stdout)
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ count: 4, cause: { code: 'invoker_missing' } })
    expect(notKnown.unreadable).toEqual({ 'not JSON': 5, 'too long': 1, 'cut off': 2 })
    expect(code).toBe(1)
  })

  test('a list that is cut off in an entry, and goes on', async () => {
    const text = JSON.stringify(incident().slice(0, 4), null, 2)
    const cut = `${text.slice(0, text.length - 30)}\n${text.slice(2)}`
    const { stdout } = await run(['why', '-', '--json'], { input: cut })
    expect(JSON.parse(stdout)).toMatchObject({
      entries: 7,
      notKnown: { unreadable: { 'not JSON': 1 } },
    })
  })

  test.each([['<html>'], ['{"a":'], ['hello']])('%s alone is an error', async (input) => {
    const { code, stderr } = await run(['why', '-'], { input })
    expect([code, stderr.includes('no log entry that can be read')]).toEqual([2, true])
  })

  test('a stranger chooses paths, but not the number of lines', async () => {
    const code = 'operation_not_allowed'
    const many = Array.from({ length: 2_000 }, (_, call) =>
      own(
        { second: call, service: profiles, call },
        {
          code,
          enforced: true,
          caller: login,
          method: 'GET',
          path: `/p${'x'.repeat(call % 200)}q${call}a`,
        },
      ),
    )
    const { stdout } = await why(many)
    expect(stdout.split('\n').length).toBeLessThan(300)
    expect(stdout).toContain('kinds: see --json')
  })
})

describe('why --service', () => {
  /** A gcloud that writes its arguments down, and answers with a log. */
  async function withGcloud(script: string): Promise<{ PATH: string }> {
    const path = await file(`#!/bin/sh\n${script}\n`, 'gcloud')
    await chmod(path, 0o755)
    return { PATH: `${join(path, '..')}:${process.env.PATH}` }
  }

  test('asks gcloud for the refusals, and then for the callers of the same traces', async () => {
    const refused = await file(
      JSON.stringify([request({ second: 2, service: profiles, call: 2 }, 403, notAuthenticated)]),
    )
    const callers = await file(
      JSON.stringify([request({ second: 2, service: 'login', call: 2 }, 500)]),
    )
    const asked = await file('')
    const env = await withGcloud(
      `echo "$*" >> ${asked}; case "$*" in *trace:*) cat ${callers};; *) cat ${refused};; esac`,
    )
    const args = [
      'why',
      '--service',
      profiles,
      '--since',
      '2h',
      '--project',
      'acme',
      '--bucket',
      'b',
    ]
    const { stdout, code } = await run(args, { env })
    expect(stdout).toContain('login (its own log, joined by trace: 1 of 1)')
    expect(code).toBe(1)
    const { readFile } = await import('node:fs/promises')
    const commands = await readFile(asked, 'utf8')
    expect(commands).toContain('--freshness=2h --limit=50000 --project=acme --bucket=b')
    expect(commands).not.toMatch(/ (?:update|delete|create|set)/)
  })

  test('says what gcloud said, with 3', async () => {
    const env = await withGcloud(
      'echo "ERROR: (gcloud.logging.read) PERMISSION_DENIED: denied" >&2; exit 1',
    )
    const { stderr, code } = await run(['why', '--service', profiles], { env })
    expect(stderr).toContain("The log can't be read: PERMISSION_DENIED: denied")
    expect(code).toBe(3)
  })

  test('a name that would change the filter is refused', async () => {
    const { code, stderr } = await run(['why', '--service', 'a" OR "b'])
    expect([code, stderr.includes('--service must be a name')]).toEqual([2, true])
  })
})
