import type { ServiceFetchOptions } from '@countersign/caller'
import type { ReceiverOptions } from '@countersign/receiver'
import type { Policy } from './policy.ts'

/** A policy that follows its file: what `watchPolicy` returns. It always says what the file said last. */
export interface WatchedPolicy extends Policy {
  /**
   * What `verifyCaller` and `createReceiver` take, for one service; they then follow the file.
   *
   * @param name the receiving service
   * @throws {@link PolicyError} where the file has no such service, or nobody may call it
   */
  receiver(
    name: string,
  ): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy' | 'latest'>
  /**
   * What `createServiceFetch` and `signCalls` take, for one service; they then follow the file.
   *
   * @param name the calling service
   * @throws {@link PolicyError} where the file has no such service, or it calls nobody
   */
  caller(name: string): Pick<ServiceFetchOptions, 'targets' | 'policy' | 'latest'>
}

/** What became of an edit, told to `watchPolicy({ onEvent })`. */
export type PolicyEvent =
  /** What the file says counts now: it was edited, or is well again after it was refused. */
  | { type: 'policy_reloaded'; file: string }
  /** It is wrong, or can't be read, or not in time: the old one stays. Told once for each reason. */
  | { type: 'policy_refused'; file: string; error: Error }
