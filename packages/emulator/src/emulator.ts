import type { EmulatorCredentials } from './credentials.ts'
import type { Drill, DrillOptions } from './drills.ts'
import type { EmulatorEvents, EmulatorRequest } from './events.ts'
import type { PushOptions, PushResult } from './pushes.ts'

/**
 * Google's side of service-to-service calls, running on this machine for every service of a policy.
 *
 * All servers listen on 127.0.0.1, unless told otherwise. Nothing downstream can tell them from Google but by their keys.
 */
export interface Emulator extends EmulatorCredentials, AsyncDisposable {
  /** Base URL of Google's APIs: keys, token endpoint, IAM Credentials. No trailing slash. */
  url: string
  /**
   * What was asked of the emulator, oldest first, and how it was answered. Never a token. Keeps the
   * last 10,000.
   *
   * @example
   * How many ID tokens did login fetch?
   * ```ts
   * emulator.requests.filter((r) => r.endpoint === 'identity' && r.service === 'login').length
   * ```
   */
  requests: readonly EmulatorRequest[]
  /**
   * What has happened, and what happens: tokens, calls with all their layers, pushes and drills.
   * Never a token, a key or an assertion. As `GET /emulator/v1/events` tells it.
   *
   * @example
   * Why was the last call refused?
   * ```ts
   * const call = emulator.events.kept.findLast((event) => event.type === 'call')
   * console.log(call?.refusedBy, call?.code, call?.layers)
   * ```
   */
  events: EmulatorEvents
  /**
   * What to put in the environment of a service, beside what it has, so that it and every Google
   * client library in it find the emulator: `GCE_METADATA_HOST`, `COUNTERSIGN_EMULATOR`,
   * `COUNTERSIGN_AUDIENCE`, `PORT`, ...
   *
   * Holds `COUNTERSIGN_EMULATOR_CONFIRM`, so that a child with `NODE_ENV=production`, or in a CI runner
   * in Kubernetes, starts. Never sets what Cloud Run sets (`K_SERVICE` and the like): beside those our
   * packages refuse an emulator, confirmed or not.
   *
   * @example
   * ```ts
   * spawn('node', ['server.ts'], { env: { ...process.env, ...emulator.env('login') } })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} where the policy has no such service
   */
  env(service: string): Record<string, string>
  /**
   * The URL of a service's Cloud Run front door: where its callers go, and where IAM is checked.
   *
   * @param service a service of the policy that has a URL
   * @throws {TypeError} where the policy has no such service, or it has no URL
   */
  frontDoor(service: string): string
  /**
   * Lets a service's front door send its calls to an app that listens elsewhere than at the `PORT`
   * of its environment, such as an app inside a test.
   *
   * @param service a service of the policy that has a URL
   * @param url an http origin, such as `http://127.0.0.1:8080`
   * @throws {TypeError} for an unknown service, or a URL that isn't an http origin
   */
  forwardTo(service: string, url: string | URL): void
  /**
   * Grants `allUsers` the role `run.invoker` on a service, or takes it away again.
   *
   * @param service a service of the policy that has a URL
   * @param isPublic whether anybody gets through its front door
   * @throws {TypeError} where the policy has no such service, or it has no URL
   */
  setPublic(service: string, isPublic: boolean): void
  /**
   * Lets something go wrong, to see how services bear it. As `POST /emulator/v1/drills` does.
   *
   * @example
   * login's next three token fetches are refused
   * ```ts
   * const fault = { kind: 'status', status: 429, retryAfterSeconds: 1 } as const
   * const drill = await emulator.drill({ fault, endpoint: 'identity', service: 'login', times: 3 })
   * drill.stop()
   * ```
   *
   * @param options what, where, for whom and how often
   * @throws {TypeError} for a wrong option
   */
  drill(options: DrillOptions): Promise<Drill>
  /**
   * Lets a Google product of the policy's `pushes` deliver to its service, through the front door,
   * signed, and with that product's headers, body, default `aud` and retries. As
   * `POST /emulator/v1/push` does.
   *
   * @example
   * ```ts
   * const { outcome } = await emulator.push('orders', { data: { order: 7 }, speed: 1000 })
   * ```
   *
   * @param name a push of the policy
   * @param options what is delivered, and how patiently
   * @returns once it is acknowledged or given up
   * @throws {TypeError} where the policy has no such push, or for a wrong option
   */
  push(name: string, options?: PushOptions): Promise<PushResult>
  /**
   * Stops every server and ends every connection. Resolves once the ports are free again, and a
   * recording is whole.
   */
  stop(): Promise<void>
}
