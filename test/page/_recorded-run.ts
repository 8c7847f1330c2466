import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorld, type World } from './_world.ts'

/**
 * Returns the recording of a finished run.
 *
 * @param run makes the calls of the run
 */
export async function recordedRun(run: (world: World) => Promise<void>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-page-'))
  const record = join(folder, 'run.jsonl')
  const world = await startWorld({ record })
  await run(world)
  await world.emulator.stop()
  const text = await readFile(record, 'utf8')
  await rm(folder, { recursive: true })
  return text
}
