import type { Server, ServerResponse } from 'node:http'
import type { Service } from '@countersign/policy'
import type { FrontDoorRefusal } from '../../requests.ts'
import {
  lookAtTokens,
  noteForwarded,
  noteUnreachable,
  noteVerdict,
  type ObservedCall,
  observeCall,
} from '../calls/observed-call.ts'
import { recordAnswer, recordEnd } from '../calls/record-call.ts'
import { countingToken } from '../calls/seen-tokens.ts'
import { throughDrills } from '../drills/through-drills.ts'
import type { Google } from '../google.ts'
import { isOwnHost } from '../http/hosts.ts'
import type { Reply } from '../http/route.ts'
import { type Call, createFrontDoorServer } from './front-door-server.ts'
import { headersForApp } from './headers.ts'
import { checkInvoker, hostRefused, type Verdict } from './iam.ts'
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
  /** Whether everybody has it. */
  isPublic(): boolean
}

/** A service that has a URL. */
export interface FrontDoorOptions {
  readonly service: Service
  /** Its URL in production: the host that the app sees. */
  readonly url: URL
  /** Where the app listens, an http origin. */
  readonly app: URL
}

/** What load balancers note where the caller hung up before the answer. */
const callerGone = 499

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
  const { issuer, policy, accounts, drills } = google
  const invokers = invokersOf(policy, service.name, accounts)
  const hosts = new Set([...google.allowedHosts, ...hostsOf(service)])
  const state = { app, isPublic: service.public }

  const judge = ({ request: { headers }, seen }: ObservedCall): Verdict => {
    if (!isOwnHost(headers.host, hosts)) return hostRefused(headers.host, hosts)
    return checkInvoker(countingToken(headers, seen), { isPublic: state.isPublic, invokers })
  }
  const handle = async ({ request, response }: Call): Promise<void> => {
    const call = observeCall(request, { receiver: service, at: google.wallClock() })
    const place = { endpoint: 'front-door', service: service.name } as const
    const { reply, drill } = await throughDrills(drills, place, (met) => {
      call.drill = met
      return letIn(call, response)
    })
    if (!reply) return
    call.drill = drill
    await lookAtTokens(call, issuer)
    end(call, response, { reply })
  }
  const letIn = async (call: ObservedCall, response: ServerResponse): Promise<void> => {
    await lookAtTokens(call, issuer)
    // Gone while a drill kept it waiting: the app would get a call that never ends.
    if (call.request.socket.destroyed) return recordEnd(call, { status: callerGone }, google)
    const verdict = judge(call)
    noteVerdict(call, verdict)
    if (verdict.admitted) handOn(call, response)
    else refuse(call, response, verdict.refusal)
  }
  const handOn = (call: ObservedCall, response: ServerResponse): void => {
    const { request } = call
    const headers = headersForApp(request, { host: url.host, ownNames: google.allowedHosts })
    noteForwarded(call, headers)
    const target = state.app
    proxy(
      { request, response },
      {
        target,
        headers,
        onAnswer: (answer) => recordAnswer(call, answer, google),
        onUnreachable: () => {
          noteUnreachable(call, target)
          refuse(call, response, 'app_unreachable')
        },
        onGone: () => recordEnd(call, { status: callerGone }, google),
      },
    )
  }
  const refuse = (
    call: ObservedCall,
    response: ServerResponse,
    refusal: FrontDoorRefusal,
  ): void => {
    end(call, response, { reply: refusalReply(refusal, call.request.url ?? '/'), refusal })
  }
  const end = (
    call: ObservedCall,
    response: ServerResponse,
    { reply, refusal }: { reply: Reply; refusal?: FrontDoorRefusal },
  ): void => {
    recordEnd(call, { status: reply.status, ...(refusal && { refusal }) }, google)
    send(response, reply)
  }
  return {
    server: createFrontDoorServer(handle),
    forwardTo: (origin) => {
      state.app = origin
    },
    setPublic: (isPublic) => {
      state.isPublic = isPublic
    },
    isPublic: () => state.isPublic,
  }
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { ...headers, 'content-length': length, server: 'Google Frontend' })
  response.end(body)
}

function hostsOf({ url, audiences }: Service): string[] {
  return [url, ...audiences]
    .filter((value) => value !== undefined && URL.canParse(value))
    .map((value) => new URL(String(value)).hostname)
}
