import type { HeaderList } from '@countersign/emulator'

/** A header before and after the front door. */
export interface HeaderChange {
  readonly name: string
  readonly before?: string
  readonly after?: string
  readonly change: 'same' | 'added' | 'removed' | 'changed'
}

/**
 * What the front door made of a call's headers: first those of before in their order, then the new
 * ones. Headers sent twice are paired in their order.
 *
 * @param before as the caller sent them
 * @param after as the app got them
 */
export function diffHeaders(before: HeaderList, after: HeaderList): readonly HeaderChange[] {
  const left = [...after]
  const kept = before.map(([name, value]) => {
    const at = left.findIndex(([other]) => other === name)
    const [found] = at < 0 ? [] : left.splice(at, 1)
    return changeOf(name, value, found?.[1])
  })
  return [...kept, ...left.map(([name, value]) => changeOf(name, undefined, value))]
}

function changeOf(name: string, before?: string, after?: string): HeaderChange {
  if (before === undefined) return { name, after: after ?? '', change: 'added' }
  if (after === undefined) return { name, before, change: 'removed' }
  return { name, before, after, change: before === after ? 'same' : 'changed' }
}
