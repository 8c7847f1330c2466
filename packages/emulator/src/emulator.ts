import type { Policy } from '@countersign/policy'
import type { EmulatorCredentials } from './credentials.ts'
import type { Drill, DrillOptions } from './drills.ts'
import type { EmulatorEvents, EmulatorRequest, ServiceAccess } from './events.ts'
import type { PushOptions, PushResult } from './pushes.ts'

/**
 * Google's side of service-to-service calls, running on this machine for every service of a policy.
 *
 * All servers listen on 127.0.0.1, unless an option says otherwise. Clients can tell them from
 * Google only by their keys.
 */
export interface Emulator extends EmulatorCredentials, AsyncDisposable {
  /** Base URL of Google's APIs: keys, token endpoint, IAM Credentials. No trailing slash. */
  url: string
  /**
   * The last 10,000 requests to the emulator with their answers, oldest first. They never contain a
   * token.
   *
   * @example
   * How many ID tokens did login fetch?
   * ```ts
   * emulator.requests.filter((r) => r.endpoint === 'identity' && r.service === 'login').length
   * ```
   */
  requests: readonly EmulatorRequest[]
  /**
   * Past and future events: tokens issued, calls with all their layers, pushes, drills and grants. They
   * never contain a token, a key or an assertion. `GET /emulator/v1/events` sends the same events.
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
   * Variables to add to the environment of a service, so that the service and every Google client
   * library in it find the emulator: `GCE_METADATA_HOST`, `COUNTERSIGN_EMULATOR`,
   * `COUNTERSIGN_AUDIENCE`, `PORT`, ...
   *
   * Includes `COUNTERSIGN_EMULATOR_CONFIRM`, so that a child process with `NODE_ENV=production`, or
   * in a CI runner in Kubernetes, starts. Never includes the variables of Cloud Run (`K_SERVICE`
   * and the like): if one of them is set, our packages refuse an emulator, confirmed or not.
   *
   * @example
   * ```ts
   * spawn('node', ['server.ts'], { env: { ...process.env, ...emulator.env('login') } })
   * ```
   *
   * @param service a service of the policy
   * @throws {TypeError} if the policy has no such service
   */
  env(service: string): Record<string, string>
  /**
   * The URL of a service's Cloud Run front door: where its callers go, and where IAM is checked.
   *
   * @param service a service of the policy that has a URL
   * @throws {TypeError} if the policy has no such service, or the service has no URL
   */
  frontDoor(service: string): string
  /**
   * Makes a service's front door forward calls to another address than the `PORT` of its
   * environment, such as an app inside a test.
   *
   * @param service a service of the policy that has a URL
   * @param url an http origin, such as `http://127.0.0.1:8080`
   * @throws {TypeError} if the service is unknown, or the URL is not an http origin
   */
  forwardTo(service: string, url: string | URL): void
  /**
   * Makes a newer version of the policy count while services run: calls, pushes, audiences and
   * public services, at the front doors, in events and on the page. Environments of services, ports
   * and accounts stay as they were started. The receivers have policies of their own.
   *
   * @param policy the newer one, as `loadPolicy` returns it
   * @returns what counts only after a restart of the emulator, such as `services.search is new`
   */
  setPolicy(policy: Policy): readonly string[]
  /**
   * Grants `allUsers` the role `run.invoker` on a service, or takes it away again.
   *
   * @param service a service of the policy that has a URL
   * @param isPublic whether its front door admits everybody
   * @throws {TypeError} if the policy has no such service, or the service has no URL
   */
  setPublic(service: string, isPublic: boolean): void
  /**
   * Changes settings of a service that decide, beside its allow policy, who gets in: the invoker
   * check, ingress, and whether Identity-Aware Proxy answers in its place.
   *
   * @example
   * ```ts
   * emulator.setAccess('login', { ingress: 'internal' })
   * ```
   *
   * @param service a service of the policy that has a URL
   * @param access the settings to change
   * @throws {TypeError} if the service is unknown or has no URL, or a setting is wrong
   */
  setAccess(service: string, access: Partial<ServiceAccess>): void
  /**
   * Injects a fault, to see how services handle it, as `POST /emulator/v1/drills` does.
   *
   * @example
   * login's next three token fetches are refused
   * ```ts
   * const fault = { kind: 'status', status: 429, retryAfterSeconds: 1 } as const
   * const drill = await emulator.drill({ fault, endpoint: 'identity', service: 'login', times: 3 })
   * drill.stop()
   * ```
   *
   * @param options the fault, the endpoint, the service and how often
   * @throws {TypeError} if an option is wrong
   */
  drill(options: DrillOptions): Promise<Drill>
  /**
   * Delivers a push of the policy's `pushes` to its service as the Google product would: through
   * the front door, signed, and with that product's headers, body, default `aud` and retries. `POST
   * /emulator/v1/push` does the same.
   *
   * @example
   * ```ts
   * const { outcome } = await emulator.push('orders', { data: { order: 7 }, speed: 1000 })
   * ```
   *
   * @param name a push of the policy
   * @param options what is delivered, and how often it is retried
   * @returns the result, once the push is acknowledged or given up
   * @throws {TypeError} if the policy has no such push, or an option is wrong
   */
  push(name: string, options?: PushOptions): Promise<PushResult>
  /**
   * Stops every server and ends every connection. Resolves once the ports are free again, and a
   * recording is complete.
   */
  stop(): Promise<void>
}
