import type { Policy } from '@countersign/policy'
import type { GenuineIdentity } from './credentials.ts'

/** What `startEmulator` takes. Read once, at start-up. */
export interface StartEmulatorOptions {
  /** Which services there are, as whom they run, and who may call whom. */
  policy: Policy
  /**
   * The port of Google's APIs. Metadata servers take any free ones.
   *
   * @default 0 (any free one)
   */
  port?: number
  /**
   * The first of a row of ports: two for each service, in the order of the policy, its metadata
   * server's and its front door's. For what must know them beforehand, such as a compose file.
   *
   * @default undefined (any free ones)
   */
  portsFrom?: number
  /**
   * Ports of front doors, by service. For callers that ask for tokens for the very URL they call, as
   * Google's own samples do: here that is the front door's, and the policy's `audiences` have to
   * list it.
   *
   * @default {} (any free ones)
   *
   * @example
   * With `"audiences": ["http://127.0.0.1:8081/"]` in the policy
   * ```ts
   * await startEmulator({ policy, frontDoorPorts: { 'user-profiles': 8081 } })
   * ```
   */
  frontDoorPorts?: Readonly<Record<string, number>>
  /**
   * The IP address to listen on. On another than loopback, whoever reaches it gets tokens of any
   * service: meant for the network of a compose file.
   *
   * @example '0.0.0.0'
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * The name under which others reach it, in its URLs and in what `env` gives. One more of
   * `allowedHosts`.
   *
   * @example 'emulator'
   * @default `host`, or loopback where that is every address
   */
  hostname?: string
  /**
   * Where apps listen that don't run on this machine, by service: http origins, to which their
   * front doors hand calls on.
   *
   * @example { login: 'http://login:8080' }
   * @default {} (each on this machine, at the port that `env` says)
   */
  apps?: Readonly<Record<string, string>>
  /**
   * Names to answer to in `Host`, without a port, beside this machine's. Others are refused, since a
   * web page can make up such a name (DNS rebinding); Google's own names reach what is Google's alone.
   *
   * @default []
   */
  allowedHosts?: readonly string[]
  /**
   * Where Google's own Pub/Sub emulator listens, as `PUBSUB_EMULATOR_HOST` has it. It pushes without
   * an `Authorization` header, so this pulls instead: each push of the policy whose kind is `pubsub`
   * delivers what is published to `projects/PROJECT/subscriptions/NAME`, with the receiving
   * service's project and the push's name, signed and wrapped, and tries again by Pub/Sub's rules.
   * Create that subscription without a push endpoint; until it is there, a warning says so. What goes to
   * a service that has no front door here is left where it is.
   *
   * @example '127.0.0.1:8085'
   * @default undefined (nothing is pulled)
   */
  pubsubEmulator?: string
  /**
   * Genuine tokens for a service's metadata server, by the service's name: for one that runs on this
   * machine while those it calls run on Google Cloud. Tokens for its own audiences stay the
   * emulator's. Whatever runs on this machine can ask for them.
   *
   * @default {} (all tokens are the emulator's)
   */
  identities?: Readonly<Record<string, GenuineIdentity>>
  /**
   * A file that gets all that {@link Emulator.events} tells, as JSON Lines: the state of the emulator
   * first, then each event as it happens. The emulator's page opens it, from a failed CI run, say.
   * It holds no token, and is not bounded. What was in the file is overwritten; once it can't be
   * written any more, a warning says so and the emulator goes on.
   *
   * @example 'run.jsonl'
   * @default undefined (nothing is recorded)
   */
  record?: string
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}
