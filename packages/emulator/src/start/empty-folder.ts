import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with nothing in it. */
export interface EmptyFolder {
  path: string
  remove(): Promise<void>
}

const left = new Set<string>()

/**
 * Makes a folder for what must find nothing: gcloud, which keeps credentials in its own. It is removed
 * when the process ends too, unless a signal ends it.
 */
export async function makeEmptyFolder(): Promise<EmptyFolder> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-emulator-'))
  if (left.size === 0) process.on('exit', removeLeft)
  left.add(path)
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true })
      left.delete(path)
      if (left.size === 0) process.off('exit', removeLeft)
    },
  }
}

/** Nothing asynchronous runs any more. */
function removeLeft(): void {
  for (const path of left) rmSync(path, { recursive: true, force: true })
}
