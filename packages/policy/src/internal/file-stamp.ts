import { stat } from 'node:fs/promises'

/** What tells one state of a file from another before it is read. */
export interface FileStamp {
  /** Changes with each edit, also where a link is pointed elsewhere, as Kubernetes does. */
  readonly mark: string
  /**
   * Whether the last edit was long ago. One right after it might leave the same stamp: file systems
   * count time in ticks, some of them in seconds.
   */
  readonly isSettled: boolean
}

const settledAfterMs = 2000

/** The stamp of a file that isn't there. */
export const noStamp: FileStamp = { mark: '', isSettled: false }

/**
 * Takes a file's stamp. Rejects where it can't be had.
 *
 * @param file its path or URL
 * @param now the time, in milliseconds since the epoch
 */
export async function fileStamp(file: string | URL, now: number): Promise<FileStamp> {
  const { mtimeNs, mtimeMs, ctimeNs, ctimeMs, size, ino } = await stat(file, { bigint: true })
  const editedAt = Math.max(Number(mtimeMs), Number(ctimeMs))
  return {
    mark: `${mtimeNs} ${ctimeNs} ${size} ${ino}`,
    isSettled: now - editedAt >= settledAfterMs,
  }
}
