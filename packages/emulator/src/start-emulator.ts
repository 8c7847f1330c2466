import type { Policy } from '@countersign/policy'
import { apiListener } from './apis/routes.ts'
import { pageFolder, readPageFiles } from './control/page.ts'
import { type ControlParts, controlRoutes } from './control/routes.ts'
import { createDrills } from './drills/drills.ts'
import { throughDrills } from './drills/faults.ts'
import type { Emulator } from './emulator.ts'
import { createJournal, type Journal } from './events/journal.ts'
import { type Recording, startRecording } from './events/recording.ts'
import type { PushAttempted } from './events.ts'
import { createGoogle, type Google } from './google/google.ts'
import { createIam, type Iam } from './iam/iam.ts'
import { pubsubOrigin, startPubsubBridge } from './pushes/pubsub-bridge.ts'
import { createPushes, type Pushes, pushEvent } from './pushes/pushes.ts'
import { makeEmptyFolder } from './start/empty-folder.ts'
import { createEmulator, emulatorState } from './start/handle.ts'
import { type Network, readNetwork } from './start/network.ts'
import { assertNotInProduction } from './start/production.ts'
import { frontDoorOf, type Servers, serviceNamed, startServers } from './start/servers.ts'
import { gcloudEnvironment, serviceEnvironment } from './start/service-environment.ts'
import type { StartEmulatorOptions } from './start-emulator-options.ts'

/**
 * Starts Google's side of service-to-service calls on this machine: for each service of the policy
 * a metadata server and a Cloud Run front door, and for all of them Google's keys, token endpoint
 * and IAM Credentials. Everything listens on 127.0.0.1 only, unless an option says otherwise.
 *
 * > [!WARNING]
 * > It gives a token of any service to every process on this machine. It refuses to start on Cloud
 * > Run, Cloud Functions and App Engine, in Kubernetes, and with `NODE_ENV=production`. Off Cloud Run,
 * > `COUNTERSIGN_EMULATOR_CONFIRM` lets it start: a CI runner in Kubernetes sets it to the URL that the
 * > emulator will have. Compute Engine is not recognized: it looks like a laptop.
 *
 * @example
 * In a test
 * ```ts
 * await using emulator = await startEmulator({ policy: await loadPolicy('countersign.jsonc') })
 * const token = await emulator.idToken('login', 'https://user-profiles-123.us-central1.run.app')
 * ```
 *
 * @param options the policy, and where to listen
 * @throws {Error} if the process runs in production, the port is taken, or `record` can't be
 *   written
 * @throws {TypeError} if an option is wrong
 */
export async function startEmulator(options: StartEmulatorOptions): Promise<Emulator> {
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

/** The options as read, before anything is started. */
interface Plan {
  google: Google
  network: Network
  /** Where Google's Pub/Sub emulator listens, if it is pulled. */
  pubsub: URL | undefined
  record: string | undefined
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

/** Each part needs those before it. They are stopped in reverse order. */
async function startParts(plan: Plan, undo: Undo): Promise<Emulator> {
  const { google, network, pubsub, record } = plan
  const page = await readPageFiles(pageFolder())
  const folder = await makeEmptyFolder()
  undo.add(folder.remove)
  const journal = createJournal(google.wallClock)
  let recording: Recording | undefined
  undo.add(async () => {
    journal.events.close()
    await recording?.done
  })
  const { services } = google.policy
  const { keys } = google
  const tokens = journal.held
  const drills = createDrills({ services, keys, tokens, onChange: journal.drills.note })
  const around = throughDrills(drills)
  const iam = createIam({ google, ...journal.grants })
  const servers = await startServers({ google, iam, journal, around }, network)
  undo.add(servers.close)
  undo.add(drills.stopAll)
  const pushes = pushesOf(google, journal, servers)
  const parts = { google, iam, journal, drills, servers, pushes }
  const access = accessTo(parts, folder.path)
  const { url, answerBy } = servers.api
  const control = controlRoutes({ ...parts, ...access, page })
  answerBy(apiListener({ google, iam, url, control, around, record: journal.record }))
  if (record !== undefined) {
    recording = await startRecording(record, { log: journal.events, state: access.state() })
  }
  if (pubsub) undo.add(startPubsubBridge(google, { origin: pubsub, pushes: parts.pushes }).stop)
  undo.add(parts.pushes.stop)
  return createEmulator({ ...parts, env: access.env, stop: undo.all })
}

function pushesOf(google: Google, { events, replays }: Journal, servers: Servers): Pushes {
  return createPushes(google, {
    frontDoor: (service) => frontDoorOf(service, servers),
    expectCall: replays.expect,
    onAttempt: (...about) => void events.add<PushAttempted>(pushEvent(...about)),
  })
}

function accessTo(
  parts: { google: Google; iam: Iam; journal: Journal; servers: Servers },
  emptyFolder: string,
): Pick<ControlParts, 'state' | 'frontDoor' | 'gcloudEnv'> & Pick<Emulator, 'env'> {
  const { google, servers } = parts
  const { environment } = google.policy
  const surroundings = { environment, emptyFolder }
  return {
    env: (service) => serviceEnvironment(serviceNamed(service, servers), servers, surroundings),
    gcloudEnv: () => gcloudEnvironment(servers, surroundings),
    state: () => emulatorState(parts),
    frontDoor: (service) => frontDoorOf(service, servers),
  }
}

function assertPolicy(policy: Policy): void {
  if (typeof policy?.services?.get === 'function') return
  throw new TypeError(
    'policy must be a loaded policy: write startEmulator({ policy: await loadPolicy("countersign.jsonc") })',
  )
}

function assertServices(names: readonly string[], { services }: Policy): void {
  const unknown = names.find((name) => !services.has(name))
  if (unknown === undefined) return
  const known = [...services.keys()].join(', ')
  throw new TypeError(
    `identities must name services of the policy, but names "${unknown}": write one of ${known}`,
  )
}

/** Steps that undo a start, in reverse order, once. */
interface Undo {
  /** Adds a step; it runs before those added earlier. */
  add(step: () => unknown): void
  /** Runs all steps, one after the other. A second call waits for the first. */
  all(): Promise<void>
}

/** Starts without steps. */
function createUndo(): Undo {
  const steps: (() => unknown)[] = []
  let undone: Promise<void> | undefined
  async function takeAll(): Promise<void> {
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
