import type { ServerResponse } from 'node:http'
import type { Service } from '@countersign/policy'
import { passOn } from '@countersign/shared/exchange/pass-on'
import type { Exchange } from '@countersign/shared/exchange/passing-server'
import type { IamRefusal, Verdict } from '../calls/layers.ts'
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
import type { Journal } from '../events/journal.ts'
import type { FrontDoorRefusal } from '../events.ts'
import { iamDelayMs } from '../google/current-fault.ts'
import type { Google } from '../google/google.ts'
import { isOwnHost } from '../http/hosts.ts'
import type { Around, Reply } from '../http/route.ts'
import type { Iam } from '../iam/iam.ts'
import { headersForApp } from './headers.ts'
import { checkCall, grantCommand, hostRefused } from './iam.ts'
import { refusalReply, unreachableReply } from './refusals.ts'

/** The state of a front door; `app` can change. */
export interface Door {
  google: Google
  iam: Iam
  journal: Journal
  around: Around
  service: Service
  /** The host of the service's URL: what the app sees. */
  host: string
  /** Accepted names in `Host`, in addition to this machine's. */
  hosts: ReadonlySet<string>
  /** Where the app listens, an http origin. */
  app: URL
}

/** A call that is being handled. */
interface Handled {
  door: Door
  call: ObservedCall
  response: ServerResponse
}

/** The status that load balancers log if the caller disconnects before the answer. */
const callerGone = 499

/** Admits or refuses a call, depending on the active drill and on IAM. */
export async function handleCall({ request, response }: Exchange, door: Door): Promise<void> {
  const { google, service } = door
  const call = observeCall(request, { receiver: service, at: google.wallClock() })
  const place = { endpoint: 'front-door', service: service.name } as const
  const { reply, drill } = await door.around(place, (met) => {
    call.drill = met
    return letIn({ door, call, response })
  })
  if (!reply) return
  call.drill = drill
  await lookAtTokens(call, google)
  end({ door, call, response }, { reply })
}

async function letIn(handled: Handled): Promise<void> {
  const { door, call } = handled
  await lookAtTokens(call, door.google)
  // The caller disconnected while a drill delayed the call: the app would get a call that never
  // ends.
  if (isGone(call)) return recordEnd(call, { status: callerGone }, door)
  const verdict = judge(handled)
  noteVerdict(call, verdict)
  if (verdict.admitted) handOn(handled)
  else refuse(handled, verdict.refusal)
}

/** Somebody who stops sending during a drill's delay has given up; at other times the app decides that. */
function isGone({ request, drill }: ObservedCall): boolean {
  return request.socket.destroyed || (drill !== undefined && request.socket.readableEnded)
}

function judge({ door, call }: Handled): Verdict {
  const { headers } = call.request
  if (!isOwnHost(headers.host, door.hosts)) return hostRefused(headers.host, door.hosts)
  const { iam, google, service, journal } = door
  const own = journal.replays.expected(call.request)
  const isPush = own !== undefined && own.replayOf === undefined
  const caller = { seen: countingToken(call), isInternal: isPush }
  const delayMs = iamDelayMs()
  return checkCall(caller, {
    name: service.name,
    access: iam.accessOf(service.name, delayMs),
    grants: iam.grantsOn(service.name, delayMs),
    accounts: google.accounts,
    commandFor: (grant) => grantCommand(grant, iam.resources),
  })
}

function handOn(handled: Handled): void {
  const { door, call, response } = handled
  const { google, host, app: target } = door
  const { request } = call
  const headers = headersForApp(request, { host, ownNames: google.allowedHosts })
  noteForwarded(call, headers)
  passOn(
    { request, response },
    {
      target,
      path: request.url ?? '/',
      headers,
      onAnswer: (answer) => recordAnswer(call, answer, door),
      onUnreachable: () => {
        noteUnreachable(call, target)
        const reply = unreachableReply(door.service.name, target)
        end(handled, { reply, refusal: 'app_unreachable' })
      },
      onGone: () => recordEnd(call, { status: callerGone }, door),
    },
  )
}

function refuse(handled: Handled, refusal: IamRefusal): void {
  const { request, seen } = handled.call
  const reply = refusalReply(refusal, { target: request.url ?? '/', hasToken: seen.length > 0 })
  end(handled, { reply, refusal })
}

function end(
  { door, call, response }: Handled,
  { reply, refusal }: { reply: Reply; refusal?: FrontDoorRefusal },
): void {
  recordEnd(call, { status: reply.status, ...(refusal && { refusal }) }, door)
  send(response, reply)
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { ...headers, 'content-length': length, server: 'Google Frontend' })
  response.end(body)
}
