import type { Policy } from '@countersign/policy'
import type { Later } from './apis/routes.ts'
import { pageFolder, readPageFiles } from './control/page.ts'
import type { Emulator } from './emulator.ts'
import { type Recording, startRecording } from './events/recording.ts'
import type { PushAttempted } from './events.ts'
import { createGoogle, type Google } from './google/google.ts'
import { pubsubOrigin, startPubsubBridge } from './pushes/pubsub-bridge.ts'
import { createPushes, type Pushes, pushEvent } from './pushes/pushes.ts'
import { makeEmptyFolder } from './start/empty-folder.ts'
import { createEmulator, emulatorState } from './start/handle.ts'
import { type Network, readNetwork } from './start/network.ts'
import { assertNotInProduction } from './start/production.ts'
import { frontDoorOf, type Servers, serviceNamed, startServers } from './start/servers.ts'
import { serviceEnvironment } from './start/service-environment.ts'
import type { StartEmulatorOptions } from './start-emulator-options.ts'

/**
 * Starts Google's side of service-to-service calls on this machine: for each service of the policy
 * a metadata server and a Cloud Run front door, and for all of them Google's keys, token endpoint
 * and IAM Credentials. Everything listens on 127.0.0.1 alone, unless told otherwise.
 *
 * > [!WARNING]
 * > It hands a token of any service to whoever asks on this machine. It refuses to start on Cloud
 * > Run, Cloud Functions and App Engine, in Kubernetes, and with `NODE_ENV=production`. Off Cloud Run,
 * > `COUNTERSIGN_EMULATOR_CONFIRM` lets it start: a CI runner in Kubernetes sets it to the URL that the
 * > emulator will have. Nothing tells Compute Engine from a laptop.
 *
 * @example
 * In a test
 * ```ts
 * await using emulator = await startEmulator({ policy: await loadPolicy('countersign.jsonc') })
 * const token = await emulator.idToken('login', 'https://user-profiles-123.us-central1.run.app')
 * ```
 *
 * @param options the policy, and where to listen
 * @throws Error where the process runs in production, the port is taken, or `record` can't be written
 * @throws TypeError for a wrong option
 */
export function startEmulator(options: StartEmulatorOptions): Promise<Emulator> {
  return start(options)
}

/** What was read off the options, before anything is started. */
interface Plan {
  google: Google
  network: Network
  /** Where Google's Pub/Sub emulator listens, if it is pulled. */
  pubsub: URL | undefined
  record: string | undefined
}

/**
 * Starts an emulator. Where a part of it can't start, those before it are stopped again.
 *
 * @param options those of `startEmulator`
 */
export async function start(options: StartEmulatorOptions): Promise<Emulator> {
  assertNotInProduction()
  const plan = await readPlan(options)
  const undo = createUndo()
  try {
    return await startParts(plan, undo)
  } catch (error) {
    await undo.all()
    throw error
  }
}

async function readPlan(options: StartEmulatorOptions): Promise<Plan> {
  const { policy, allowedHosts = [], pubsubEmulator, now = () => Date.now() } = options
  const { identities = {}, record } = options
  assertPolicy(policy)
  assertServices(Object.keys(identities), policy)
  const network = readNetwork(options)
  const pubsub = pubsubEmulator === undefined ? undefined : pubsubOrigin(pubsubEmulator)
  const hosts = [...allowedHosts, network.address.hostname]
  const google = await createGoogle({ policy, now, allowedHosts: hosts, identities })
  return { google, network, pubsub, record }
}

/** In the order in which they need each other; stopped the other way round. */
async function startParts(plan: Plan, undo: Undo): Promise<Emulator> {
  const { google, network, pubsub, record } = plan
  const folder = await makeEmptyFolder()
  undo.add(folder.remove)
  let recording: Recording | undefined
  undo.add(async () => {
    google.events.close()
    await recording?.done
  })
  const pushes = pushesOf(google, () => servers)
  const env = environmentsOf(google, { emptyFolder: folder.path, servers: () => servers })
  const state: Later['state'] = () => emulatorState(google, servers)
  const frontDoor: Later['frontDoor'] = (service) => frontDoorOf(service, servers)
  const page = await readPageFiles(pageFolder())
  const servers = await startServers(google, { network, env, state, frontDoor, pushes, page })
  undo.add(servers.close)
  undo.add(google.drills.stopAll)
  if (record !== undefined) {
    recording = await startRecording(record, { log: google.events, state: state() })
  }
  if (pubsub) undo.add(startPubsubBridge(google, { origin: pubsub, pushes }).stop)
  undo.add(pushes.stop)
  return createEmulator(google, { servers, pushes, env, stop: undo.all })
}

function pushesOf(google: Google, servers: () => Servers): Pushes {
  return createPushes(google, {
    frontDoor: (service) => frontDoorOf(service, servers()),
    onAttempt: (...about) => void google.events.add<PushAttempted>(pushEvent(...about)),
  })
}

function environmentsOf(
  { policy }: Google,
  { emptyFolder, servers }: { emptyFolder: string; servers: () => Servers },
): (service: string) => Record<string, string> {
  const surroundings = { environment: policy.environment, emptyFolder }
  return (service) => {
    return serviceEnvironment(serviceNamed(service, servers()), servers(), surroundings)
  }
}

function assertPolicy(policy: Policy): void {
  if (typeof policy?.services?.get === 'function') return
  throw new TypeError(
    'policy: write startEmulator({ policy: await loadPolicy("countersign.jsonc") })',
  )
}

function assertServices(names: readonly string[], { services }: Policy): void {
  const unknown = names.find((name) => !services.has(name))
  if (unknown === undefined) return
  throw new TypeError(`identities: the policy has no service "${unknown}"`)
}

/** What was begun, to be undone once. */
export interface Undo {
  /** Adds a step; it comes before those that are there. */
  add(step: () => unknown): void
  /** Takes all steps, one after the other. Again: resolves with the first time. */
  all(): Promise<void>
}

/** Nothing to undo at first. */
export function createUndo(): Undo {
  const steps: (() => unknown)[] = []
  let undone: Promise<void> | undefined
  const takeAll = async (): Promise<void> => {
    for (const step of steps.toReversed()) await step()
  }
  return {
    add: (step) => void steps.push(step),
    all: () => {
      undone ??= takeAll()
      return undone
    },
  }
}
