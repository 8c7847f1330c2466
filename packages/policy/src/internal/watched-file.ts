import { stat } from 'node:fs/promises'
import type { PolicyEvent } from '../watched-policy.ts'
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
  /** Reads it; rejects where it is wrong. */
  load: () => Promise<T>
  everyMs?: number
  onEvent?: (event: PolicyEvent) => void
  now?: () => number
}

/** What a call waits at most: mounted buckets may hang. */
const patienceMs = 1000

/** Reads a file, and again whenever somebody asks and it has changed. */
export async function watchedFile<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
  const { file, load, now = Date.now } = options
  const everyMs = interval(options.everyMs)
  const tell = policyTeller(String(file), options.onEvent)
  let stamp = await stampOf(file).catch(() => '')
  let current = await load()
  let lookedAt = now()
  let look: Promise<T> | undefined

  async function reload(): Promise<void> {
    try {
      const seen = await stampOf(file)
      if (seen === stamp) return tell.unchanged()
      current = await load()
      stamp = seen
      tell.reloaded()
    } catch (error) {
      tell.refused(error as Error)
    }
  }

  /** One at a time, however many ask. */
  async function looked(): Promise<T> {
    await Promise.race([reload(), patience()])
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

/** Changes with each edit, also where a link is pointed elsewhere, as Kubernetes does. */
async function stampOf(file: string | URL): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true })
  return `${mtimeNs} ${size} ${ino}`
}

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref()
  })
}

function interval(everyMs = 5000): number {
  if (Number.isFinite(everyMs) && everyMs >= 100) return everyMs
  throw new TypeError(`everyMs is ${everyMs}: write milliseconds, 100 or more`)
}
