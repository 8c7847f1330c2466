/** Node's own classes for aborting. */
interface AbortClasses {
  Controller: typeof AbortController
  Signal: typeof AbortSignal
}

let own: AbortClasses | undefined

/** In jsdom and happy-dom the global classes are others, and older ones have no `any` and no `timeout`. */
function nodesOwn(): AbortClasses {
  own ??= classesOf(nodesController())
  return own
}

/** Bun has no `transferableAbortController`, and no other classes than its own. */
function nodesController(): AbortController {
  const { transferableAbortController: create } = process.getBuiltinModule('node:util')
  return create?.() ?? new AbortController()
}

function classesOf(controller: AbortController): AbortClasses {
  return {
    Controller: controller.constructor as typeof AbortController,
    Signal: controller.signal.constructor as typeof AbortSignal,
  }
}

/**
 * Creates a controller whose signal the global `fetch` accepts. In jsdom `fetch` can be Node's, which
 * refuses the signals of jsdom, or a package's, which refuses those of Node.
 */
export function createAbort(): AbortController {
  const { Controller } = nodesOwn()
  const { AbortController: Given } = globalThis
  if (Given === Controller) return new Controller()
  return isAccepted(new Given().signal) ? new Given() : new Controller()
}

/** The global `Request` accepts what the global `fetch` does. Without one, only fetches of the user's own are called. */
function isAccepted(signal: AbortSignal): boolean {
  const { Request } = globalThis
  if (Request === undefined) return true
  try {
    return new Request('http://127.0.0.1', { signal }) !== undefined
  } catch {
    return false
  }
}

/**
 * A signal that is aborted after a time. Its timer keeps no process alive, and tests don't replace it.
 *
 * @param ms milliseconds
 */
export function abortAfter(ms: number): AbortSignal {
  const { Controller, Signal } = nodesOwn()
  const timer = Signal.timeout(ms)
  return globalThis.AbortController === Controller ? timer : following([timer])
}

/**
 * A signal that is aborted with the first of others, which can be of any class: a user's is one of jsdom's
 * in jsdom, and that of a polyfill has no reason.
 */
export function abortWithAny(signals: AbortSignal[]): AbortSignal {
  const { Signal } = nodesOwn()
  return signals.every((signal) => signal instanceof Signal)
    ? Signal.any(signals)
    : following(signals)
}

function following(signals: readonly AbortSignal[]): AbortSignal {
  const abort = createAbort()
  for (const signal of signals) {
    const follow = (): void => abort.abort(signal.reason)
    if (signal.aborted) follow()
    else signal.addEventListener('abort', follow, { once: true })
  }
  return abort.signal
}
