import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'jsonc-parser'
import { type Outcome, outcomeBehindLogin } from '../outcome.ts'
import { startService } from '../services.ts'
import { callLogin, type Stage } from '../stage.ts'
import type { Row } from '../table.ts'

/** login, deployed with a list that was wrongly widened, while IAM and search still have the old one. */
export async function loginWidened(stage: Stage): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'))
  await using _cleanUp = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
  const file = join(folder, 'countersign.jsonc')
  await writeFile(file, await widenedPolicy(stage.policyFile))
  await using _login = await startService('login', {
    ...stage.emulator.env('login'),
    POLICY_FILE: file,
  })
  return [await atFrontDoor(stage), await atReceiver(stage)]
}

async function widenedPolicy(policyFile: URL): Promise<string> {
  const policy = parse(await readFile(policyFile, 'utf8'))
  policy.services.login.calls.search = {}
  return JSON.stringify(policy)
}

function atFrontDoor(stage: Stage): Promise<Row> {
  const what = "login's own list wrongly widened"
  return toSearch(stage, what, { stoppedBy: 'front door of search', status: 403, code: '' })
}

async function atReceiver(stage: Stage): Promise<Row> {
  stage.emulator.setPublic('search', true)
  const row = await toSearch(stage, 'the same, with search made public', {
    stoppedBy: 'verifyCaller in search',
    status: 403,
    code: 'caller_not_allowed',
  })
  stage.emulator.setPublic('search', false)
  return row
}

async function toSearch(stage: Stage, what: string, expected: Outcome): Promise<Row> {
  const answer = await callLogin(stage, 'GET', '/login/7/suggestions')
  return { who: 'login', to: 'search', what, expected, got: await outcomeBehindLogin(answer) }
}
