import { outcomeBehindLogin } from '../outcome.ts'
import { startService } from '../services.ts'
import { callLogin, type Stage } from '../stage.ts'
import type { Row } from '../table.ts'

/** login with the policy as it is: it may call user-profiles, but not search. */
export async function loginAsListed(stage: Stage): Promise<Row[]> {
  await using _login = await startService('login', stage.emulator.env('login'))
  return [await first(stage), await hundredMore(stage), await toSearch(stage)]
}

async function first(stage: Stage): Promise<Row> {
  const answer = await callLogin(stage, 'POST', '/login/7')
  const body = (await answer.clone().json()) as { welcome?: { asked?: string } }
  return {
    who: 'login',
    to: 'user-profiles',
    what: 'a call; the answer names login as caller',
    expected: { stoppedBy: '', status: 200, code: '' },
    got: await outcomeBehindLogin(answer),
    holds: body.welcome?.asked === 'login-run@acme.iam.gserviceaccount.com',
  }
}

async function hundredMore(stage: Stage): Promise<Row> {
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => callLogin(stage, 'POST', '/login/7')),
  )
  const failed = answers.find(({ ok }) => !ok)
  const tokens = tokensFetchedBy(stage, 'login')
  return {
    who: 'login',
    to: 'user-profiles',
    what: `100 more calls; ID tokens fetched: ${tokens}`,
    expected: { stoppedBy: '', status: 200, code: '' },
    got: await outcomeBehindLogin(failed ?? (answers[0] as Response)),
    holds: tokens === 1,
  }
}

async function toSearch(stage: Stage): Promise<Row> {
  const answer = await callLogin(stage, 'GET', '/login/7/suggestions')
  return {
    who: 'login',
    to: 'search',
    what: 'a call that is not in the policy',
    expected: { stoppedBy: 'serviceFetch in login', status: undefined, code: 'target_not_allowed' },
    got: await outcomeBehindLogin(answer),
    holds: !stage.emulator.requests.some(
      ({ endpoint, service }) => endpoint === 'front-door' && service === 'search',
    ),
  }
}

function tokensFetchedBy({ emulator }: Stage, service: string): number {
  return emulator.requests.filter(
    (request) => request.endpoint === 'identity' && request.service === service,
  ).length
}
