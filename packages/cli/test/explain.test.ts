import { describe, expect, test } from 'vitest'
import { run } from './command.ts'
import { loginEmail, profilesUrl, startEmulated } from './emulated.ts'

describe('countersign explain', () => {
  test('a genuine token is genuine, and is not printed', async () => {
    const { emulator, at } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl)
    const { code, stdout } = await run(['explain', ...at], { input: `Bearer ${token}\n` })
    expect(stdout).toMatch(/^ {2}alg {2}RS256$/m)
    expect(stdout).toContain(`  email           ${loginEmail}\n`)
    expect(stdout).toMatch(/^ {2}exp +\S+Z, in 60 min$/m)
    expect(stdout).toMatch(/^genuine: /m)
    expect(stdout).not.toContain(token.split('.')[1])
    expect(code).toBe(0)
  })

  test('a receiver’s audience can be given', async () => {
    const { emulator, at } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl)
    const args = ['explain', token, '--audience', `${profilesUrl}/`]
    const { code, stdout } = await run([...args, ...at])
    expect(stdout).toMatch(/^refused: audience_mismatch\. /m)
    expect(stdout).toContain(` (got "${profilesUrl}", expected "${profilesUrl}/")\n`)
    expect(code).toBe(1)
  })

  test('as JSON it is an object', async () => {
    const { emulator, at } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl)
    const { stdout } = await run(['explain', token, '--json', ...at])
    expect(JSON.parse(stdout)).toMatchObject({
      header: { alg: 'RS256' },
      claims: { email: loginEmail, aud: profilesUrl },
      verdict: { genuine: true },
    })
  })

  test.each([
    ['one that has expired', { iat: 1_700_000_000, exp: 1_700_003_600 }, 'token_expired'],
    ['a person’s', { email: 'developer@example.com' }, 'not_a_service_account'],
    ['one without an email', { email: undefined, email_verified: undefined }, 'email_missing'],
    ['one of another issuer', { iss: 'https://evil.example' }, 'issuer_mismatch'],
    ['one for a list of audiences', { aud: [profilesUrl] }, 'audience_mismatch'],
  ])('%s is refused, by its code', async (_title, claims, code) => {
    const { emulator, at } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl, claims)
    const result = await run(['explain', token, '--json', ...at])
    expect(JSON.parse(result.stdout).verdict).toMatchObject({ genuine: false, code })
    expect(result.code).toBe(1)
  })

  test('a signature that Google has removed is told so', async () => {
    const { emulator, at } = await startEmulated()
    const [header, claims] = (await emulator.idToken('login', profilesUrl)).split('.')
    const token = `${header}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`
    const { stdout } = await run(['explain', token, ...at])
    expect(stdout).toMatch(/^refused: signature_removed\. /m)
  })

  test('what is no token at all is told so', async () => {
    const { code, stdout } = await run(['explain'], { input: 'hello' })
    expect(stdout).toMatch(/^refused: token_malformed\. /)
    expect(code).toBe(1)
  })

  test('a claim can’t move the cursor', async () => {
    const { emulator, at } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl, { note: '\u001b[2J\u009b2J' })
    const { stdout } = await run(['explain', token, ...at])
    expect(stdout).toContain('\\u001b[2J\\u009b2J')
    for (const character of ['\u001b', '\u009b']) expect(stdout).not.toContain(character)
  })

  test('without keys it ends with 3', async () => {
    const { emulator } = await startEmulated()
    const token = await emulator.idToken('login', profilesUrl)
    const nowhere = ['--emulator', 'http://127.0.0.1:1']
    const { code, stdout, stderr } = await run(['explain', token, ...nowhere])
    expect(stdout).toMatch(/^refused: keys_unavailable\. /m)
    expect(code).toBe(3)
    expect(stderr).toContain('No emulator answers at http://127.0.0.1:1\n')
    const call = await run(['call', 'login', '/', '--anonymous', ...nowhere])
    expect(stderr).toBe(call.stderr)
  })
})
