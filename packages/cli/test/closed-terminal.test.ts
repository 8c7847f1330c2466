import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { startInTerminal } from './command.ts'
import { policyWith } from './policy.ts'
import { isAlive, pidsOf } from './processes.ts'

/** Takes its time to end, as one does that has a database to close, and says so in a file. */
const careful = `
process.on('SIGTERM', () => {
  console.log('closing')
  setTimeout(() => {
    require('node:fs').writeFileSync('closed', 'in order')
    process.exit()
  }, 1500)
})
console.log('pids', process.pid)
setInterval(() => console.log('tick'), 50)
`

test.runIf(process.platform === 'linux')(
  'a closed terminal asks once to stop: the services get their time, and none is left',
  async () => {
    const policy = await policyWith(
      { a: { command: 'node careful.cjs' } },
      { 'careful.cjs': careful },
    )
    const started = startInTerminal(['dev', policy, '-e', 'test', '--port', '0'])
    const [pid = 0] = await pidsOf(started, 1)
    started.child.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
    const closed = await readFile(join(dirname(policy), 'closed'), 'utf8').catch(() => 'killed')
    expect(closed).toBe('in order')
  },
)
