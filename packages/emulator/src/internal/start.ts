import type { Policy } from '@countersign/policy'
import type { Later } from '../apis/routes.ts'
import { pageFolder, readPageFiles } from '../control/page.ts'
import type { Emulator } from '../emulator.ts'
import { type Recording, startRecording } from '../events/recording.ts'
import type { PushAttempted } from '../events.ts'
import { createGoogle, type Google } from '../google/google.ts'
import { pubsubOrigin, startPubsubBridge } from '../pushes/pubsub-bridge.ts'
import { createPushes, type Pushes, pushEvent } from '../pushes/pushes.ts'
import type { StartEmulatorOptions } from '../start-emulator-options.ts'
import { createEmulator } from './create-emulator.ts'
import { makeEmptyFolder } from './empty-folder.ts'
import { emulatorState } from './emulator-state.ts'
import { frontDoorOf, serviceNamed } from './named-servers.ts'
import { type Network, readNetwork } from './network.ts'
import { assertNotInProduction } from './production.ts'
import { type Servers, startServers } from './servers.ts'
import { serviceEnvironment } from './service-environment.ts'
import { createUndo, type Undo } from './undo.ts'

/** What was read off the options, before anything is started. */
interface Plan {
  readonly google: Google
  readonly network: Network
  /** Where Google's Pub/Sub emulator listens, if it is pulled. */
  readonly pubsub: URL | undefined
  readonly record: string | undefined
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
