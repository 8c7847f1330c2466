/** What was begun, to be undone once. */
export interface Undo {
  /** Adds a step; it comes before those that are there. */
  add(step: () => unknown): void
  /** Takes all steps, one after the other. Again: resolves with the first time. */
  all(): Promise<void>
}

/** Nothing to undo at first. */
export function createUndo(): Undo {
  const steps: (() => unknown)[] = []
  let undone: Promise<void> | undefined
  const takeAll = async (): Promise<void> => {
    for (const step of steps.toReversed()) await step()
  }
  return {
    add: (step) => void steps.push(step),
    all: () => {
      undone ??= takeAll()
      return undone
    },
  }
}
