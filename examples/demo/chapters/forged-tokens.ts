import { createTestIssuer, type TestIssuer } from '@countersign/testing'
import { outcomeOf } from '../outcome.ts'
import { audienceOf, type Stage } from '../stage.ts'
import type { Row } from '../table.ts'

/** A call that must be refused, and how each place refuses it. */
interface Attempt {
  who: string
  what: string
  headers: Record<string, string>
  /** How user-profiles itself refuses it. */
  receiver: { status: number; code: string }
  /** How Cloud Run refuses it. */
  frontDoor: number
}

/** The attempts of attackers: first at the app's own port, then at the front door. */
export async function forgedTokens(stage: Stage, appUrl: string): Promise<Row[]> {
  const attempts = await allAttempts(stage)
  const rows: Row[] = []
  for (const attempt of attempts) rows.push(await atApp(attempt, appUrl))
  for (const attempt of attempts) rows.push(await atFrontDoor(attempt, stage))
  return rows
}

async function atApp({ who, what, headers, receiver }: Attempt, appUrl: string): Promise<Row> {
  const answer = await fetch(`${appUrl}/profiles/7`, { headers })
  return {
    who,
    to: 'user-profiles at its own port, behind no front door',
    what,
    expected: { stoppedBy: 'verifyCaller in user-profiles', ...receiver },
    got: outcomeOf(answer, 'user-profiles'),
    told: ((await answer.json()) as { detail: string }).detail,
  }
}

async function atFrontDoor({ who, what, headers, frontDoor }: Attempt, stage: Stage): Promise<Row> {
  const answer = await fetch(`${stage.emulator.frontDoor('user-profiles')}/profiles/7`, { headers })
  return {
    who,
    to: 'user-profiles',
    what,
    expected: { stoppedBy: 'front door of user-profiles', status: frontDoor, code: '' },
    got: outcomeOf(answer, 'user-profiles'),
  }
}

const stranger = 'mallory@evil.iam.gserviceaccount.com'
const hour = 3600

async function allAttempts(stage: Stage): Promise<Attempt[]> {
  const { emulator } = stage
  const audience = audienceOf(stage, 'user-profiles')
  const past = Math.floor(Date.now() / 1000) - 2 * hour
  const signed = async (who: string, aud: string, claims = {}) => ({
    authorization: `Bearer ${await emulator.idToken(who, aud, claims)}`,
  })
  return [
    {
      who: 'a stranger',
      what: 'a genuine token with the right audience',
      headers: await signed(stranger, audience),
      receiver: { status: 403, code: 'caller_not_allowed' },
      frontDoor: 403,
    },
    {
      who: 'anybody',
      what: 'no token',
      headers: {},
      receiver: { status: 401, code: 'token_missing' },
      frontDoor: 403,
    },
    {
      who: 'login',
      what: 'an expired token',
      headers: await signed('login', audience, { iat: past, exp: past + hour }),
      receiver: { status: 401, code: 'token_expired' },
      frontDoor: 401,
    },
    {
      who: 'login',
      what: 'a token for another audience',
      headers: await signed('login', audienceOf(stage, 'search')),
      receiver: { status: 401, code: 'audience_mismatch' },
      frontDoor: 401,
    },
    ...(await tampered(stage, audience)),
  ]
}

/** Tokens that name login, but that Google never signed: the test kit's, with the emulator's key id. */
async function tampered({ emulator }: Stage, audience: string): Promise<Attempt[]> {
  const issuer = await createTestIssuer({ signingKey: emulator.signingKey })
  const forgeries = await forgeriesOf(issuer, audience)
  return [
    ['signed by another key', 'another key under the genuine kid'],
    ['alg: none', 'alg none, no signature'],
    ['a stripped signature', 'signature removed by Google'],
  ].map(([what = '', name = '']) => {
    const forgery = forgeries.get(name)
    if (forgery === undefined) throw new Error(`the test kit has no forgery "${name}"`)
    const { headers, expected } = forgery
    return { who: 'a forger', what, headers, receiver: expected, frontDoor: 401 }
  })
}

async function forgeriesOf(issuer: TestIssuer, audience: string) {
  const email = 'login-run@acme.iam.gserviceaccount.com'
  const forgeries = await issuer.forgeries({ email, audience })
  return new Map(forgeries.map((forgery) => [forgery.name, forgery]))
}
