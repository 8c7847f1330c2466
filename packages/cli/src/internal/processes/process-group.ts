/** A process and all that it started, unless one of those left for a group of its own. */
export interface ProcessGroup {
  /** Sends a signal to each. */
  signal(signal: NodeJS.Signals): void
  /** Whether none is left. Once true it stays so: the number may be another's by then. */
  isGone(): boolean
}

/**
 * The group that a process leads.
 *
 * @param pid of its leader, which was started `detached`. On Windows, which has no groups, it is
 *   that process alone
 */
export function processGroup(pid: number): ProcessGroup {
  const target = process.platform === 'win32' ? pid : -pid
  let gone = false

  function reach(signal: NodeJS.Signals | 0): void {
    if (gone) return
    try {
      process.kill(target, signal)
    } catch {
      gone = true
    }
  }
  return {
    signal: reach,
    isGone: () => {
      reach(0)
      return gone
    },
  }
}
