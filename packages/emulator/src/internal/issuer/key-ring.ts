import { lifetimeSeconds } from './claims.ts'
import { generateSigningKey, type IssuerKey } from './signing-key.ts'

/** How long a new key is published before it signs. */
const announcedMs = 60_000

/** Google's keys: the one that signs, and those that receivers may find in the key set. */
export interface KeyRing {
  /** The key that signs now. */
  signing(): IssuerKey
  /** The key set, oldest first. */
  published(): readonly IssuerKey[]
  /** Publishes a new key that signs from a minute later. Returns what undoes it. */
  rotate(): Promise<() => void>
  /** A new key that signs at once, and is alone in the key set. Returns what undoes it. */
  drop(): Promise<() => void>
}

/** A key that came after the first one. */
interface Change {
  readonly key: IssuerKey
  readonly signsFrom: number
  /** Whether it hides all keys before it. */
  readonly isDrop: boolean
  undoneAt?: number
}

/**
 * A ring with one new key.
 *
 * @param now milliseconds since the epoch
 */
export async function createKeyRing(now: () => number): Promise<KeyRing> {
  const first = await generateSigningKey()
  let changes: readonly Change[] = []
  const add = async (isDrop: boolean): Promise<() => void> => {
    const key = await generateSigningKey()
    const change: Change = { key, isDrop, signsFrom: isDrop ? now() : now() + announcedMs }
    // Who drills for days makes many; none is needed once nobody may find it any more.
    changes = [...changes.filter((one) => isPublished(one, now())), change]
    return () => {
      change.undoneAt = now()
    }
  }
  return {
    signing: () => changes.findLast((change) => doesSign(change, now()))?.key ?? first,
    published: () => {
      const lastDrop = changes.findLastIndex(({ isDrop, undoneAt }) => isDrop && !undoneAt)
      const later = changes.slice(Math.max(lastDrop, 0)).filter((one) => isPublished(one, now()))
      const keys = later.map(({ key }) => key)
      return lastDrop < 0 ? [first, ...keys] : keys
    },
    rotate: () => add(false),
    drop: () => add(true),
  }
}

function doesSign({ signsFrom, undoneAt }: Change, now: number): boolean {
  return undoneAt === undefined && signsFrom <= now
}

/** Undone, it stays until the last token that it signed has expired. */
function isPublished({ undoneAt }: Change, now: number): boolean {
  return undoneAt === undefined || undoneAt + lifetimeSeconds * 1000 > now
}
