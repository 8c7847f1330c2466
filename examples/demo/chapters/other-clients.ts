import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { outcomeOf } from '../outcome.ts'
import { audienceOf, type Stage } from '../stage.ts'
import type { Row } from '../table.ts'

/** A call without our caller, and one in the wrong direction. */
export async function otherClients(stage: Stage): Promise<Row[]> {
  return [await throughGoogleAuthLibrary(stage), await profilesToLogin(stage)]
}

async function throughGoogleAuthLibrary(stage: Stage): Promise<Row> {
  const { status, body } = await googleAuthLibrary(stage)
  return {
    who: 'login',
    to: 'user-profiles',
    what: 'through google-auth-library, unmodified',
    expected: { stoppedBy: '', status: 200, code: '' },
    got: { stoppedBy: '', status, code: '' },
    holds: body.asked === 'login-run@acme.iam.gserviceaccount.com',
  }
}

async function googleAuthLibrary(
  stage: Stage,
): Promise<{ status: number; body: { asked?: string } }> {
  const script = fileURLToPath(new URL('../as-google-auth-library.ts', import.meta.url))
  const url = `${stage.emulator.frontDoor('user-profiles')}/profiles/7`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, url, audienceOf(stage, 'user-profiles')],
    { env: { ...process.env, ...stage.emulator.env('login') } },
  )
  return JSON.parse(stdout)
}

async function profilesToLogin(stage: Stage): Promise<Row> {
  const token = await stage.emulator.idToken('user-profiles', audienceOf(stage, 'login'))
  const answer = await fetch(`${stage.emulator.frontDoor('login')}/login/7`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  return {
    who: 'user-profiles',
    to: 'login',
    what: 'a genuine token, the wrong direction',
    expected: { stoppedBy: 'front door of login', status: 403, code: '' },
    got: outcomeOf(answer, 'login'),
  }
}
