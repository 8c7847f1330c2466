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
 * Creates an empty configuration folder for gcloud, so that it finds no credentials. The folder is
 * also removed at the end of the process, unless a signal ends the process.
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

/** Synchronous, since nothing asynchronous runs at the end of a process. */
function removeLeft(): void {
  for (const path of left) rmSync(path, { recursive: true, force: true })
}
