import type { ServiceFetch } from '@countersign/caller'
import type { Caller } from '@countersign/receiver'

declare module 'koa' {
  interface DefaultState {
    /** Who called, once `verifyCaller` let the call through; undefined where it let one pass without. */
    caller?: Caller | undefined
    /** The service's signing fetch, once `signCalls` ran. */
    serviceFetch: ServiceFetch
  }
}
