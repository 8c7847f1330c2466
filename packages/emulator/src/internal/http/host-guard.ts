import { isHostAllowed, isOwnHost } from './hosts.ts'
import { text } from './replies.ts'
import type { Call, Reply, Route } from './route.ts'

/** Looks at a call before the routes do; what it answers ends it. */
export type Guard = (call: Call) => Reply | undefined

/**
 * A guard that refuses foreign `Host` headers (DNS rebinding).
 *
 * @param own names of this emulator, beside this machine's and Google's
 */
export function hostGuard(own: ReadonlySet<string>): Guard {
  return ({ headers }) => (isHostAllowed(headers.host, own) ? undefined : refused)
}

/**
 * A guard that refuses Google's names too. Pages of theirs can be plain HTTP, `metadata.google.internal`
 * for one, so that whoever answers a laptop's DNS could make up a page of that origin.
 *
 * @param own names of this emulator, beside this machine's
 */
export function ownHostGuard(own: ReadonlySet<string>): Guard {
  return ({ headers }) => (isOwnHost(headers.host, own) ? undefined : refused)
}

/**
 * A route behind a guard of its own.
 *
 * @param route the route
 * @param guard looks at its calls first
 */
export function guarded(route: Route, guard: Guard): Route {
  return { ...route, handle: (call, parameters) => guard(call) ?? route.handle(call, parameters) }
}

const refused = text(
  403,
  'The emulator does not answer to this Host. See its option allowedHosts.\n',
)
