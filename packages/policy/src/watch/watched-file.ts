import { stat } from 'node:fs/promises'
import { readPolicyText } from '../file/document.ts'
import type { PolicyEvent } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import { createPolicyLog } from './policy-log.ts'

/** A file that is looked at when somebody asks. */
export interface WatchedFile<T> {
  /** What it holds now; a promise while it is looked at. Never rejects: what is wrong changes nothing. */
  get(): T | Promise<T>
  /** What it held at the last look. */
  known(): T
}

/** What is needed to watch a file. */
interface WatchedFileOptions<T> {
  file: string | URL
  /** Makes something of its text; throws where that is wrong. */
  load: (text: string) => T
  everyMs?: number
  /** What a call waits at most: mounted buckets may hang. Left out: a second. */
  patienceMs?: number
  onEvent?: (event: PolicyEvent) => void
  now?: () => number
}

/** Reads a file, and again whenever somebody asks and it has changed. */
export async function createWatchedFile<T>(
  options: WatchedFileOptions<T>,
): Promise<WatchedFile<T>> {
  const { file, load, patienceMs = 1000, now = () => Date.now() } = options
  const everyMs = readInterval(options.everyMs)
  const log = createPolicyLog(String(file), options.onEvent)
  let stamp = await fileStamp(file, now()).catch(() => noStamp)
  let text = await readPolicyText(file)
  let newest = load(text)
  let readAt = now()
  let reading: Promise<T> | undefined

  /** Whether it says something else now. */
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

  /** One at a time, however many ask. */
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
    problem: `${file} can't be read: after ${patienceMs} ms there is no answer yet`,
    hint: 'look whether what it is mounted from answers; it is read again as soon as it does',
  })
}

function readInterval(everyMs = 5000): number {
  if (Number.isFinite(everyMs) && everyMs >= 100) return everyMs
  throw new TypeError(`everyMs is ${everyMs}: write milliseconds, 100 or more`)
}

/** What tells one state of a file from another before it is read. */
interface FileStamp {
  /** Changes with each edit, also where a link is pointed elsewhere, as Kubernetes does. */
  mark: string
  /**
   * Whether the last edit was long ago. One right after it might leave the same stamp: file systems
   * count time in ticks, some of them in seconds.
   */
  isSettled: boolean
}

const settledAfterMs = 2000

/** The stamp of a file that isn't there. */
const noStamp: FileStamp = { mark: '', isSettled: false }

/**
 * Takes a file's stamp. Rejects where it can't be had.
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
 * Makes one flight of many calls: who calls while it is under way waits for the same one, and each
 * waits for so long at most. One that hangs goes on alone, and no other begins before it ends: each
 * holds one of the four threads with which the process reads all its files and looks up all its names.
 *
 * @param patienceMs what a call waits at most
 * @returns resolves with whether the flight ended in time
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

/** In jsdom a timer is a number. */
function letExit(timer: Partial<NodeJS.Timeout>): void {
  timer.unref?.()
}
