import { isTypeError } from '@countersign/shared/errors'
import type { Drills } from '../drills/drills.ts'
import type { DrillOptions } from '../drills.ts'
import type { EventLog } from '../events/event-log.ts'
import type { Journal } from '../events/journal.ts'
import type { EmulatorState } from '../events.ts'
import type { Google } from '../google/google.ts'
import { json, type Reply, type Route, type RoutedRequest } from '../http/route.ts'
import type { Iam } from '../iam/iam.ts'
import { checkAccess } from '../iam/settings.ts'
import type { Pushes } from '../pushes/pushes.ts'
import type { PushOptions } from '../pushes.ts'
import { type PageFile, pageRoutes } from './page.ts'
import { refusalsRoute } from './refusals.ts'
import { type Replay, type ReplayParts, replayCall } from './replay.ts'
import { byJsonBody, sameSite, sameSiteRead } from './same-site.ts'

/** The parts that the emulator's own API gives access to. */
export interface ControlParts {
  google: Google
  iam: Pick<Iam, 'accessOf' | 'setAccess' | 'resources'>
  journal: Journal
  drills: Drills
  pushes: Pick<Pushes, 'start'>
  /** The page's files, by path. */
  page: ReadonlyMap<string, PageFile>
  /** A service's environment; throws a TypeError for an unknown one. */
  env(service: string): Readonly<Record<string, string>>
  /** The environment in which gcloud finds the emulator. */
  gcloudEnv(): Readonly<Record<string, string>>
  /** The state of the emulator. */
  state(): EmulatorState
  /** Returns the URL of a service's front door. */
  frontDoor(service: string): { localUrl: string }
}

/**
 * The emulator's own API, for its page and the command line. It is not Google's, so it can't be
 * reached by Google's host names.
 */
export function controlRoutes(parts: ControlParts): Route[] {
  const { google, iam, journal, drills, pushes, page, env, gcloudEnv, state } = parts
  return [
    ...pageRoutes(page),
    stateRoute(state),
    eventsRoute(journal.events),
    replayRoute(parts),
    ...drillRoutes(drills),
    environmentRoute(env),
    gcloudRoute(gcloudEnv),
    accessRoute(iam),
    pushRoute(pushes),
    refusalsRoute(journal.events, google.wallClock),
  ]
}

/** `GET /emulator/v1/state`: the state of the emulator. */
function stateRoute(state: () => EmulatorState): Route {
  return {
    method: 'GET',
    path: '/emulator/v1/state',
    endpoint: 'control',
    handle: sameSiteRead(() => json(200, state())),
  }
}

/** Short enough that no proxy closes an idle connection. */
const heartbeatMs = 15_000

/**
 * `GET /emulator/v1/events?after=ID`: the kept events and then new ones, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). A browser that reconnects sends
 * `Last-Event-ID`, and continues there.
 */
export function eventsRoute(log: EventLog): Route {
  return {
    method: 'GET',
    path: '/emulator/v1/events',
    endpoint: 'control',
    handle: sameSiteRead((request) => {
      const after = lastSeen(request)
      if (after === undefined)
        return json(400, { error: 'after must be the id of an event: write a whole number' })
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
      return { status: 200, headers, stream: (signal) => frames(log, { after, signal }) }
    }),
  }
}

/** The header counts before the URL: its sender has already read further. */
function lastSeen({ headers, query }: RoutedRequest): number | undefined {
  const id = headers['last-event-id'] ?? query.get('after') ?? '0'
  return /^\d{1,15}$/.test(String(id)) ? Number(id) : undefined
}

async function* frames(
  log: EventLog,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<string, void> {
  let last: number | undefined
  // Sent at once, since some clients don't report the head of an answer alone.
  yield ': events\n\n'
  for await (const entry of log.follow({ after, signal, idleMs: heartbeatMs })) {
    if (!entry) yield ':\n\n'
    // The client is too slow: unread events were dropped. It sees the end, and can request the kept
    // events.
    else if (last !== undefined && entry.id > last + 1) return
    else yield `id: ${entry.id}\ndata: ${entry.json}\n\n`
    last = entry?.id ?? last
  }
}

/** `POST /emulator/v1/replay`: replays a call as its original caller. */
function replayRoute(parts: ReplayParts & Pick<ControlParts, 'frontDoor'>): Route {
  return {
    method: 'POST',
    path: '/emulator/v1/replay',
    endpoint: 'control',
    handle: sameSite((request) =>
      byJsonBody<{ call?: unknown }>(request, async ({ call: id }) => {
        if (typeof id !== 'number')
          throw new TypeError('call must be the id of a call event: write a number')
        const call = parts.journal.replays.find(id)
        if (!call) return json(404, { error: `There is no call ${id}, or it is no longer kept` })
        return replayed(parts, { call, of: id, url: parts.frontDoor(call.receiver).localUrl })
      }),
    ),
  }
}

async function replayed(parts: ReplayParts, replay: Replay): Promise<Reply> {
  try {
    return json(202, await replayCall(parts, replay))
  } catch (error) {
    if (isTypeError(error)) throw error
    return json(504, { error: 'The call got no answer: check whether a drill is active' })
  }
}

const done: Reply = { status: 204, body: '' }

/**
 * `POST /emulator/v1/drills`, `DELETE /emulator/v1/drills/ID` and, for all of them,
 * `DELETE /emulator/v1/drills`.
 */
function drillRoutes(drills: Drills): Route[] {
  return [
    {
      method: 'POST',
      path: '/emulator/v1/drills',
      endpoint: 'control',
      handle: sameSite((request) =>
        byJsonBody<DrillOptions>(request, async (options) => {
          const { id: drill, note } = await drills.start(options)
          return json(201, { drill, ...(note !== undefined && { note }) })
        }),
      ),
    },
    {
      method: 'DELETE',
      path: '/emulator/v1/drills',
      endpoint: 'control',
      handle: sameSite(() => {
        drills.stopAll()
        return done
      }),
    },
    {
      method: 'DELETE',
      path: /^\/emulator\/v1\/drills\/(?<id>\d{1,15})$/,
      endpoint: 'control',
      handle: sameSite((_call, { id }) =>
        drills.stop(Number(id)) ? done : json(404, { error: `There is no drill ${id}` }),
      ),
    },
  ]
}

/**
 * `GET /emulator/v1/services/NAME/env`: the variables for that service's environment, for
 * `countersign env` and other processes.
 */
function environmentRoute(env: (service: string) => Readonly<Record<string, string>>): Route {
  return {
    method: 'GET',
    path: /^\/emulator\/v1\/services\/(?<service>[^/]+)\/env$/,
    endpoint: 'control',
    handle: sameSiteRead((_call, { service = '' }) => {
      try {
        return json(200, env(service))
      } catch (error) {
        if (isTypeError(error)) return json(404, { error: error.message })
        throw error
      }
    }),
  }
}

/** `GET /emulator/v1/gcloud/env`: the variables for `countersign env --for gcloud`. */
function gcloudRoute(env: () => Readonly<Record<string, string>>): Route {
  return {
    method: 'GET',
    path: '/emulator/v1/gcloud/env',
    endpoint: 'control',
    handle: sameSiteRead(() => json(200, env())),
  }
}

/** `POST /emulator/v1/services/NAME/access`: changes settings that decide, beside IAM, who gets in. */
function accessRoute(iam: Pick<Iam, 'accessOf' | 'setAccess' | 'resources'>): Route {
  return {
    method: 'POST',
    path: /^\/emulator\/v1\/services\/(?<service>[^/]+)\/access$/,
    endpoint: 'control',
    handle: sameSite((request, { service = '' }) =>
      byJsonBody<Readonly<Record<string, unknown>>>(request, async (body) => {
        if (!iam.resources.services.has(service)) {
          return json(404, { error: `The policy has no service "${service}"` })
        }
        iam.setAccess(service, checkAccess(body))
        return json(200, iam.accessOf(service))
      }),
    ),
  }
}

/** `POST /emulator/v1/push`: starts a delivery without waiting for its end. */
function pushRoute(pushes: Pick<Pushes, 'start'>): Route {
  return {
    method: 'POST',
    path: '/emulator/v1/push',
    endpoint: 'control',
    handle: sameSite((request) =>
      byJsonBody<PushOptions & { push?: unknown }>(request, async ({ push, ...options }) => {
        if (typeof push !== 'string')
          throw new TypeError(
            'push must be the name of a push of the policy: write one such as "orders"',
          )
        return json(202, { delivery: pushes.start(push, options).delivery })
      }),
    ),
  }
}
