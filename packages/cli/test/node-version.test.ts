import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { run } from './command.ts'

/** The command in a Node that says that it is another version. */
function runAs(version: string) {
  const versions = `{ ...process.versions, node: '${version}' }`
  const program = `Object.defineProperty(process, 'versions', { value: ${versions} })`
  const loaded = `--import=data:text/javascript,${encodeURIComponent(program)}`
  const env = { NODE_OPTIONS: `--conditions=@countersign/source ${loaded}` }
  return run(['--version'], { env })
}

test.for(['18.20.8', '20.20.2', '22.11.0'])('Node %s is told so in one line', async (version) => {
  expect(await runAs(version)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: countersign needs Node 22.12 or newer, but this is Node ${version}: install it from https://nodejs.org\n`,
  })
})

test.for(['22.12.0', '24.0.0'])('Node %s runs it', async (version) => {
  expect(await runAs(version)).toMatchObject({ code: 0, stderr: '' })
})

/** Static imports are read before the check, and what they import may need a newer Node. */
test('what is read before the check imports nothing', async () => {
  const text = await readFile(new URL('../src/main.ts', import.meta.url), 'utf8')
  expect(text).not.toMatch(/^(?:import|export) /m)
})
