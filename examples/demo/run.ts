/**
 * The story of the README with real processes, real sockets and real tokens: the emulator stands for
 * Google, the three examples run in processes of their own, and each call below is made. The exit code is
 * 0 only if each call has the expected outcome.
 */
import { startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { forgedTokens } from './chapters/forged-tokens.ts'
import { loginAsListed } from './chapters/login-as-listed.ts'
import { loginWidened } from './chapters/login-widened.ts'
import { otherClients } from './chapters/other-clients.ts'
import { startService } from './services.ts'
import { isAsExpected, table } from './table.ts'

const policyFile = new URL('../countersign.jsonc', import.meta.url)
const policy = await loadPolicy(policyFile, { environment: 'prod' })

await using emulator = await startEmulator({ policy })
await using profiles = await startService('user-profiles', emulator.env('user-profiles'))
await using _search = await startService('search', emulator.env('search'))
const stage = { emulator, policy, policyFile }

const rows = [
  ...(await loginAsListed(stage)),
  ...(await loginWidened(stage)),
  ...(await otherClients(stage)),
  ...(await forgedTokens(stage, profiles.url)),
]
console.log(table(rows))

const stranger = rows.find(({ who }) => who === 'a stranger')
console.log(`\nThe stranger's answer says why, and what to do: ${stranger?.got.code}`)
console.log(`  ${stranger?.told?.replaceAll('. ', '.\n  ')}`)

const wrong = rows.filter((row) => !isAsExpected(row))
for (const { who, to, what, expected } of wrong) {
  console.error(`${who} to ${to}, ${what}: should have been ${JSON.stringify(expected)}`)
}
console.log(`${rows.length - wrong.length} of ${rows.length} calls came out as they must`)
process.exitCode = wrong.length === 0 ? 0 : 1
