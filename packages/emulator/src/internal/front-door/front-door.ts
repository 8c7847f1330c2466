import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { Service } from '@countersign/policy'
import type { EmulatorRequest } from '../../emulator.ts'
import { throughDrills } from '../drills/through-drills.ts'
import type { Google } from '../google.ts'
import { isHostAllowed } from '../http/hosts.ts'
import type { Reply } from '../http/serve.ts'
import { headersForApp, isWebSocket } from './headers.ts'
import { checkInvoker, type Verdict } from './iam.ts'
import { invokersOf } from './invokers.ts'
import { proxy } from './proxy.ts'
import { refusalReply } from './refusals.ts'

/** Cloud Run in front of one service. */
export interface FrontDoor {
  readonly server: Server
  /** Sends calls to this http origin from now on. */
  forwardTo(origin: URL): void
  /** Grants `run.invoker` to everybody, or takes it away. */
  setPublic(isPublic: boolean): void
}

/** A service that has a URL. */
export interface FrontDoorOptions {
  readonly service: Service
  /** Its URL in production: the host that the app sees. */
  readonly url: URL
  /** Where the app listens, an http origin. */
  readonly app: URL
}

type Call = { readonly request: IncomingMessage; readonly response: ServerResponse }

/**
 * A front door that checks `run.invoker` as the policy grants it, strips signatures, and hands the
 * call on.
 *
 * @param google who signs and who may call
 * @param options the service behind it
 */
export function createFrontDoor(
  google: Google,
  { service, url, app }: FrontDoorOptions,
): FrontDoor {
  const { issuer, log, policy, accounts, drills } = google
  const invokers = invokersOf(policy, service.name, accounts)
  const hosts = new Set([...google.allowedHosts, ...hostsOf(service)])
  const state = { app, isPublic: service.public }

  const admit = async ({ headers }: IncomingMessage): Promise<Verdict> => {
    if (!isHostAllowed(headers.host, hosts)) return { admitted: false, refusal: 'host_refused' }
    const { audiences } = service
    return checkInvoker(headers, { issuer, isPublic: state.isPublic, audiences, invokers })
  }
  const place = { endpoint: 'front-door', service: service.name } as const
  const handle = async (call: Call): Promise<void> => {
    const { reply, drill } = await throughDrills(drills, place, (met) => letIn(call, met))
    if (!reply) return
    log.record({ ...place, status: reply.status, ...(drill && { drill }) })
    send(call, reply)
  }
  const letIn = async (call: Call, drill?: number): Promise<void> => {
    // Gone while a drill kept it waiting: the app would get a call that never ends.
    if (call.request.socket.destroyed) return
    const verdict = await admit(call.request)
    const record = (entry: Pick<EmulatorRequest, 'status' | 'refusal'>): void => {
      const { account } = verdict
      log.record({ ...place, ...(account && { account }), ...(drill && { drill }), ...entry })
    }
    if (!verdict.admitted) return refuse(call, verdict.refusal, record)
    proxy(call, {
      target: state.app,
      headers: headersForApp(call.request, url.host),
      onAnswer: (status) => record({ status }),
      onUnreachable: () => refuse(call, 'app_unreachable', record),
    })
  }
  return {
    server: createFrontDoorServer(handle),
    forwardTo: (origin) => {
      state.app = origin
    },
    setPublic: (isPublic) => {
      state.isPublic = isPublic
    },
  }
}

function refuse(
  call: Call,
  refusal: NonNullable<EmulatorRequest['refusal']>,
  record: (entry: Pick<EmulatorRequest, 'status' | 'refusal'>) => void,
): void {
  const reply = refusalReply(refusal, call.request.url ?? '/')
  record({ status: reply.status, refusal })
  send(call, reply)
}

function send({ response }: Call, { status, headers, body }: Reply): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { ...headers, 'content-length': length, server: 'Google Frontend' })
  response.end(body)
}

function hostsOf({ url, audiences }: Service): string[] {
  return [url, ...audiences]
    .filter((value) => value !== undefined && URL.canParse(value))
    .map((value) => new URL(String(value)).hostname)
}

function createFrontDoorServer(handle: (call: Call) => Promise<void>): Server {
  // Node 22.21 and 24.9 on heed it; older ones take each request with an Upgrade header for one.
  const options: ServerOptions & { shouldUpgradeCallback: typeof isWebSocket } = {
    shouldUpgradeCallback: isWebSocket,
  }
  const answer = (call: Call): void => {
    handle(call).catch(() => call.response.destroy())
  }
  const server = createServer(options, (request, response) => answer({ request, response }))
  server.on('upgrade', (request, socket, head) => {
    const response = responseOn(socket, { request, head })
    if (response) answer({ request, response })
  })
  return server
}

/** A response to write to as to any other, on a socket that Node has let go of. */
function responseOn(
  socket: Duplex,
  { request, head }: { request: IncomingMessage; head: Buffer },
): ServerResponse | undefined {
  socket.on('error', () => socket.destroy())
  // Pipelined behind a request that isn't answered yet: the socket is still that one's.
  if ('_httpMessage' in socket && socket._httpMessage) return void socket.destroy()
  if (head.length > 0) socket.unshift(head)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(request.socket)
  response.on('finish', () => socket.end())
  return response
}
