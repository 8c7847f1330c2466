/** Freezes JSON through and through: claims are shared by all decisions on one token. */
export function deepFreeze<T extends object>(value: T): T {
  for (const name in value) {
    const inner = value[name]
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  }
  return Object.freeze(value)
}
