import { readPolicyText } from '../file/document.ts'
import { PolicyError } from '../policy-error.ts'
import type { PolicyEvent } from '../watched-policy.ts'
import { fileStamp, noStamp } from './file-stamp.ts'
import { patientFlight } from './patient-flight.ts'
import { policyTeller } from './policy-log.ts'

/** A file that is looked at when somebody asks. */
export interface WatchedFile<T> {
  /** What it holds now; a promise while it is looked at. Never rejects: what is wrong changes nothing. */
  get(): T | Promise<T>
  /** What it held at the last look. */
  known(): T
}

/** What is needed to watch a file. */
export interface WatchedFileOptions<T> {
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
export async function watchedFile<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
  const { file, load, patienceMs = 1000, now = () => Date.now() } = options
  const everyMs = interval(options.everyMs)
  const tell = policyTeller(String(file), options.onEvent)
  let stamp = await fileStamp(file, now()).catch(() => noStamp)
  let text = await readPolicyText(file)
  let current = load(text)
  let lookedAt = now()
  let look: Promise<T> | undefined

  /** Whether it says something else now. */
  async function isReloaded(): Promise<boolean> {
    const seen = await fileStamp(file, now())
    if (stamp.isSettled && seen.mark === stamp.mark) return false
    const newest = await readPolicyText(file)
    const isNewer = newest !== text
    if (isNewer) current = load(newest)
    text = newest
    stamp = seen
    return isNewer
  }

  const reload = patientFlight(async () => {
    try {
      tell.looked(await isReloaded())
    } catch (error) {
      tell.refused(error as Error)
    }
  }, patienceMs)

  /** One at a time, however many ask. */
  async function looked(): Promise<T> {
    if (!(await reload())) tell.hung(tooSlow(file, patienceMs))
    lookedAt = now()
    look = undefined
    return current
  }

  return {
    get() {
      const elapsed = now() - lookedAt
      if (elapsed >= 0 && elapsed < everyMs) return current
      look ??= looked()
      return look
    },
    known: () => current,
  }
}

function tooSlow(file: string | URL, patienceMs: number): PolicyError {
  return new PolicyError({
    code: 'policy_unreadable',
    problem: `${file} can't be read: after ${patienceMs} ms there is no answer yet`,
    hint: 'look whether what it is mounted from answers; it is read again as soon as it does',
  })
}

function interval(everyMs = 5000): number {
  if (Number.isFinite(everyMs) && everyMs >= 100) return everyMs
  throw new TypeError(`everyMs is ${everyMs}: write milliseconds, 100 or more`)
}
