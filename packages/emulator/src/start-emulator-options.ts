import type { Policy } from '@countersign/policy'
import type { GenuineIdentity } from './credentials.ts'

/** Options of `startEmulator`. They are read once, at start-up. */
export interface StartEmulatorOptions {
  /** The services, their accounts, and which service can call which. */
  policy: Policy
  /**
   * The port of Google's APIs. Metadata servers use any free ports.
   *
   * @default 0 (any free one)
   */
  port?: number
  /**
   * The first of consecutive ports: two for each service, in the order of the policy, for its
   * metadata server and its front door. Use it if something has to know the ports beforehand, such
   * as a compose file.
   *
   * @default undefined (any free ones)
   */
  portsFrom?: number
  /**
   * Ports of front doors, by service. Use it for callers that request tokens for the URL that they
   * call, as Google's own samples do: here that is the front door's URL, and the policy's
   * `audiences` have to list it.
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
   * The IP address to listen on. If it is not a loopback address, everybody who can reach it can
   * get tokens of any service: use that only in the network of a compose file.
   *
   * @example '0.0.0.0'
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * The host name under which others reach it, used in its URLs and in `env`. It is added to
   * `allowedHosts`.
   *
   * @example 'emulator'
   * @default `host`, or a loopback address if `host` is every address
   */
  hostname?: string
  /**
   * Addresses of apps that don't run on this machine, by service: http origins to which their front
   * doors forward calls.
   *
   * @example { login: 'http://login:8080' }
   * @default {} (each on this machine, at the port in `env`)
   */
  apps?: Readonly<Record<string, string>>
  /**
   * Accepted names in `Host`, without a port, in addition to this machine's. Other names are
   * refused, since a web page can make up such a name (DNS rebinding). With Google's own names only
   * the endpoints of Google can be reached.
   *
   * @default []
   */
  allowedHosts?: readonly string[]
  /**
   * Where Google's own Pub/Sub emulator listens, as `PUBSUB_EMULATOR_HOST` has it. It pushes
   * without an `Authorization` header, so the emulator pulls instead: each push of the policy with
   * the kind `pubsub` delivers the messages of `projects/PROJECT/subscriptions/NAME` (the receiving
   * service's project, and the push's name), signed and wrapped, and retries by Pub/Sub's rules.
   * Create that subscription without a push endpoint; as long as it does not exist, a warning is
   * emitted. Messages for a service that has no front door here are not pulled.
   *
   * @example '127.0.0.1:8085'
   * @default undefined (nothing is pulled)
   */
  pubsubEmulator?: string
  /**
   * Genuine tokens for a service's metadata server, by the service's name: for a service that runs
   * on this machine while the services that it calls run on Google Cloud. Tokens for its own
   * audiences still come from the emulator. Every process on this machine can request them.
   *
   * @default {} (the emulator issues all tokens)
   */
  identities?: Readonly<Record<string, GenuineIdentity>>
  /**
   * A file for all of {@link Emulator.events} as JSON Lines: the state of the emulator first, then
   * each event as it happens. The emulator's page can open it, for example after a failed CI run.
   * It contains no token, and its size is not limited. An existing file is overwritten. If the file
   * can no longer be written, a warning is emitted and the emulator continues.
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
