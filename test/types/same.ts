/** `true` where two types are the same, else `never`. */
export type Same<A, B> =
  (<T>() => T extends Readonly<A> ? 1 : 2) extends <T>() => T extends Readonly<B> ? 1 : 2
    ? true
    : never
