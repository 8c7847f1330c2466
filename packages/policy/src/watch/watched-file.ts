import { stat } from 'node:fs/promises'
import { printed } from '@countersign/shared/checks'
import { readPolicyText } from '../file/document.ts'
import type { PolicyEvent } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import { createPolicyLog } from './policy-log.ts'

/** The content of a file that is read again on demand. */
export interface WatchedFile<T> {
  /**
   * The newest valid content; a promise while the file is checked. Never rejects: after an error the old
   * content stays.
   */
  get(): T | Promise<T>
  /** The content at the last read. */
  known(): T
}

interface WatchedFileOptions<T> {
  file: string | URL
  /** Compiles the file's text; throws if it is invalid. */
  load: (text: string) => T
  everyMs?: number
  /**
   * How long a call waits at most: mounted buckets can hang.
   *
   * @default 1000
   */
  patienceMs?: number
  onEvent?: (event: PolicyEvent) => void
  now?: () => number
}

/** Reads a file, and reads it again on demand if it has changed. */
export async function createWatchedFile<T>(
  options: WatchedFileOptions<T>,
): Promise<WatchedFile<T>> {
  const { file, load, patienceMs = 1000, now = () => Date.now() } = options
  const everyMs = readInterval(options.everyMs)
  const log = createPolicyLog(String(file), { onEvent: options.onEvent, now })
  let stamp = await fileStamp(file, now()).catch(() => noStamp)
  let text = await readPolicyText(file)
  let newest = load(text)
  let readAt = now()
  let reading: Promise<T> | undefined

  /** Returns whether the content has changed. */
  async function readAgain(): Promise<boolean> {
    const seen = await fileStamp(file, now())
    if (stamp.isSettled && seen.mark === stamp.mark) return false
    const read = await readPolicyText(file)
    const isNewer = read !== text
    if (isNewer) newest = load(read)
    text = read
    stamp = seen
    return isNewer
  }

  const refresh = createFlight(async () => {
    try {
      log.succeeded(await readAgain())
    } catch (error) {
      log.refused(error as Error)
    }
  }, patienceMs)

  /** Only one runs at a time, for all concurrent calls. */
  async function readOnce(): Promise<T> {
    if (!(await refresh())) log.timedOut(tooSlow(file, patienceMs))
    readAt = now()
    reading = undefined
    return newest
  }

  return {
    get() {
      const elapsed = now() - readAt
      if (elapsed >= 0 && elapsed < everyMs) return newest
      reading ??= readOnce()
      return reading
    },
    known: () => newest,
  }
}

function tooSlow(file: string | URL, patienceMs: number): PolicyError {
  return new PolicyError({
    code: 'policy_unreadable',
    problem: `${file} can't be read (no answer after ${patienceMs} ms)`,
    hint: 'check whether the secret, bucket or ConfigMap that it is mounted from responds; the file is read again then',
  })
}

function readInterval(everyMs = 5000): number {
  if (Number.isFinite(everyMs) && everyMs >= 100) return everyMs
  throw new TypeError(
    `everyMs must be a number of milliseconds, at least 100, but is ${printed(everyMs)}: leave it out, or write 5000`,
  )
}

/** Distinguishes two states of a file without reading it. */
interface FileStamp {
  /** Changes with each edit, also if a link gets a new target, as Kubernetes does it. */
  mark: string
  /**
   * Whether the last edit is older than two seconds. A second edit within that time can leave the same
   * stamp: file systems count time in ticks, some in whole seconds.
   */
  isSettled: boolean
}

const settledAfterMs = 2000

/** The stamp of a file that doesn't exist. */
const noStamp: FileStamp = { mark: '', isSettled: false }

/**
 * Takes a file's stamp. Rejects if the file can't be examined.
 *
 * @param now the time, in milliseconds since the epoch
 */
async function fileStamp(file: string | URL, now: number): Promise<FileStamp> {
  const { mtimeNs, mtimeMs, ctimeNs, ctimeMs, size, ino } = await stat(file, { bigint: true })
  const editedAt = Math.max(Number(mtimeMs), Number(ctimeMs))
  return {
    mark: `${mtimeNs} ${ctimeNs} ${size} ${ino}`,
    isSettled: now - editedAt >= settledAfterMs,
  }
}

/**
 * Coalesces concurrent calls into one run; each caller waits for at most `patienceMs`. A run that hangs
 * continues, and no other run starts before it has ended: each occupies one of the four threads with which
 * the process reads all its files and resolves all host names.
 *
 * @returns resolves with whether the run ended in time
 */
function createFlight(run: () => Promise<void>, patienceMs: number): () => Promise<boolean> {
  let flight: Promise<boolean> | undefined

  async function runOnce(): Promise<boolean> {
    await run()
    flight = undefined
    return true
  }

  return () => {
    flight ??= runOnce()
    return endsWithin(flight, patienceMs)
  }
}

async function endsWithin(flight: Promise<boolean>, patienceMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
    letExit(timer)
  })
  try {
    return await Promise.race([flight, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** In jsdom a timer is a number, which has no `unref`. */
function letExit(timer: Partial<NodeJS.Timeout>): void {
  timer.unref?.()
}
