import type { GrantSource } from '../events.ts'
import { type Entry, emptyEtag, entryKey, newEtag } from './allow-policy.ts'

/** An entry, and who made it. */
export interface SourcedEntry extends Entry {
  from: GrantSource
}

/** An entry that came or went. */
interface EntryChange {
  change: 'granted' | 'revoked'
  entry: SourcedEntry
}

/** The allow policy of one resource, as it is and as it was. */
export interface StoredPolicy {
  /** The entries at a time, in milliseconds since the epoch: those of the start for an earlier one. */
  at(time: number): readonly SourcedEntry[]
  entries(): readonly SourcedEntry[]
  etag(): string
  /** Writes the whole policy: entries of the policy file that it doesn't have stay away. */
  write(entries: readonly Entry[], by: WrittenBy): readonly EntryChange[]
  /**
   * Replaces the entries of the policy file alone. Of those that stay in the file, the ones that were
   * taken away otherwise stay away.
   */
  replaceFile(entries: readonly Entry[]): readonly EntryChange[]
}

type WrittenBy = Exclude<GrantSource, 'policy-file'>
type Entries = ReadonlyMap<string, SourcedEntry>

/** Longer than any drill delays a change. */
const keptMs = 11 * 60 * 1000

/** More changes than anybody makes within that time. */
const maxVersions = 100

/**
 * Creates the policy of a resource, with the entries of the policy file.
 *
 * @param now milliseconds since the epoch
 */
export function createStoredPolicy(now: () => number, atStart: readonly Entry[]): StoredPolicy {
  let file = fileEntries(atStart)
  let written: Entries = new Map()
  let removed: ReadonlySet<string> = new Set()
  let versions = [{ since: Number.NEGATIVE_INFINITY, entries: file }]
  let etag = file.size === 0 ? emptyEtag : newEtag()

  function current(): Entries {
    return versions.at(-1)?.entries ?? new Map()
  }
  function renew(): readonly EntryChange[] {
    const before = current()
    const inFile = new Map([...file].filter(([key]) => !removed.has(key)))
    const entries = new Map([...inFile, ...[...written].filter(([key]) => !inFile.has(key))])
    const changes = changesBetween(before, entries)
    if (changes.length > 0) etag = newEtag()
    const time = now()
    versions = [...withoutOld(versions, time - keptMs), { since: time, entries }]
    versions = versions.slice(-maxVersions)
    return changes
  }
  return {
    at: (time) => {
      const version = versions.findLast(({ since }) => since <= time) ?? versions[0]
      return [...(version?.entries.values() ?? [])]
    },
    entries: () => [...current().values()],
    etag: () => etag,
    write: (entries, by) => {
      const wanted = new Map(entries.map((entry) => [entryKey(entry), { ...entry, from: by }]))
      const kept = [...written].filter(([key]) => wanted.has(key))
      const added = [...wanted].filter(([key]) => !current().has(key))
      written = new Map([...kept, ...added])
      removed = new Set([...file.keys()].filter((key) => !wanted.has(key)))
      return renew()
    },
    replaceFile: (entries) => {
      file = fileEntries(entries)
      removed = new Set([...removed].filter((key) => file.has(key)))
      return renew()
    },
  }
}

function fileEntries(entries: readonly Entry[]): Entries {
  return new Map(entries.map((entry) => [entryKey(entry), { ...entry, from: 'policy-file' }]))
}

function changesBetween(before: Entries, after: Entries): readonly EntryChange[] {
  const revoked = [...before].filter(([key]) => !after.has(key))
  const granted = [...after].filter(([key]) => !before.has(key))
  return [
    ...revoked.map(([, entry]) => ({ change: 'revoked' as const, entry })),
    ...granted.map(([, entry]) => ({ change: 'granted' as const, entry })),
  ]
}

/** Keeps the version that was current at a time, and those after it. */
function withoutOld<V extends { since: number }>(versions: V[], time: number): V[] {
  const first = versions.findLastIndex(({ since }) => since <= time)
  return versions.slice(Math.max(first, 0))
}
