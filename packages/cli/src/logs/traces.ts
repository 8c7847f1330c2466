import type { DenialEntry, Entry, GrantEntry, OwnEntry, PushEntry, RequestEntry } from './entry.ts'

/** One call that was refused, with what other entries say about it. */
export interface RefusedCall {
  at: number
  request?: RequestEntry
  denial?: DenialEntry
  own?: OwnEntry
  push?: PushEntry
  /** The service that called, by its own request log of the same trace. */
  caller?: string
  callerRevision?: string
  hasTrace: boolean
}

/** Entries of a log that belong together. */
export interface JoinedLog {
  calls: readonly RefusedCall[]
  grants: readonly GrantEntry[]
  /** When the first line of each revision was written. */
  revisions: ReadonlyMap<string, number>
  /** The services with request logs. */
  requested: ReadonlySet<string>
  from: number
  to: number
  suppressed: number
}

/** Collects entries, in any order, and joins them. */
export interface Joiner {
  add(entry: Entry): void
  join(): JoinedLog
}

/** A hop of a trace: one service that was called in it. */
interface Hop {
  service: string
  at: number
  revision: string | undefined
}

/** Creates a joiner. It keeps refusals whole, and of other calls only which service they reached and when. */
export function createJoiner(): Joiner {
  const hops = new Map<string, Hop | Hop[]>()
  const requests: RequestEntry[] = []
  const denials: DenialEntry[] = []
  const owns: OwnEntry[] = []
  const pushes: PushEntry[] = []
  const grants: GrantEntry[] = []
  const revisions = new Map<string, number>()
  const requested = new Set<string>()
  let [from, to, suppressed] = [Number.POSITIVE_INFINITY, 0, 0]

  function addHop({ trace, service, at, revision }: RequestEntry): void {
    if (trace === undefined || service === undefined) return
    const hop = { service, at, revision }
    const known = hops.get(trace)
    if (known === undefined) hops.set(trace, hop)
    else if (Array.isArray(known)) {
      if (known.length < 50) known.push(hop)
    } else hops.set(trace, [known, hop])
  }

  function addRequest(entry: RequestEntry): void {
    addHop(entry)
    if (entry.service !== undefined) requested.add(entry.service)
    if (isRefusal(entry)) requests.push(entry)
  }

  function see({ at, revision }: Entry): void {
    if (at === 0) return
    from = Math.min(from, at)
    to = Math.max(to, at)
    if (revision !== undefined) revisions.set(revision, Math.min(at, revisions.get(revision) ?? at))
  }

  return {
    add(entry) {
      see(entry)
      if (entry.kind === 'request') return addRequest(entry)
      if (entry.kind === 'grant') return void grants.push(entry)
      if (entry.kind === 'push') return void pushes.push(entry)
      suppressed += entry.suppressed
      if (entry.isSummary) return
      if (entry.kind === 'denial') denials.push(entry)
      else owns.push(entry)
    },
    join() {
      const calls = joined({ requests, denials, owns, pushes }, hops)
      grants.sort((one, other) => other.at - one.at)
      return { calls, grants, revisions, requested, from, to, suppressed }
    },
  }
}

/** A 404 is a refusal only with the platform's words: most are an application's own answers. */
function isRefusal({ status, text }: RequestEntry): boolean {
  return status === 401 || status === 403 || (status === 404 && text !== undefined)
}

interface Lines {
  requests: readonly RequestEntry[]
  denials: readonly DenialEntry[]
  owns: readonly OwnEntry[]
  pushes: readonly PushEntry[]
}

function joined(
  { requests, denials, owns, pushes }: Lines,
  hops: ReadonlyMap<string, Hop | Hop[]>,
): readonly RefusedCall[] {
  const ofTrace = new Map<string, DenialEntry>()
  for (const denial of denials) ofTrace.set(keyOf(denial), denial)
  const taken = new Set<DenialEntry | PushEntry>()
  const deliveries = createDeliveries(pushes)
  const calls = requests.map((request): RefusedCall => {
    const denial = request.trace === undefined ? undefined : ofTrace.get(keyOf(request))
    const push = deliveries.of(request)
    if (denial) taken.add(denial)
    if (push) taken.add(push)
    return {
      at: request.at,
      request,
      ...(denial && { denial }),
      ...(push && { push }),
      ...callerIn(request, hops),
      hasTrace: request.trace !== undefined,
    }
  })
  const alone = denials
    .filter((denial) => !taken.has(denial))
    .map((denial) => ({
      at: denial.at,
      denial,
      ...callerIn(denial, hops),
      hasTrace: denial.trace !== undefined,
    }))
  const undelivered = pushes
    .filter((push) => !taken.has(push))
    .map((push) => ({ at: push.at, push, hasTrace: true }))
  const unsent = owns.map((own) => ({ at: own.at, own, hasTrace: true }))
  return [...calls, ...alone, ...undelivered, ...unsent]
}

function keyOf({ trace, service }: Pick<Entry, 'trace' | 'service'>): string {
  return `${trace} ${service}`
}

/** The service whose own call, in the same trace, began last before this one. */
function callerIn(
  { trace, service, at }: Pick<Entry, 'trace' | 'service' | 'at'>,
  hops: ReadonlyMap<string, Hop | Hop[]>,
): { caller?: string; callerRevision?: string } {
  const found = trace === undefined ? undefined : hops.get(trace)
  let last: Hop | undefined
  for (const hop of [found ?? []].flat()) {
    const isBefore = hop.service !== service && hop.at <= at + clockTolerance
    if (isBefore && (last === undefined || hop.at > last.at)) last = hop
  }
  if (!last) return {}
  const { service: caller, revision } = last
  return { caller, ...(revision !== undefined && { callerRevision: revision }) }
}

/** The time of a request log is when the call began, by the clocks of different machines. */
const clockTolerance = 1_000

const deliveryMs = 5_000

/** Finds the delivery that is behind a refused call: the same host and status, at about the same time. */
function createDeliveries(pushes: readonly PushEntry[]): {
  of(request: RequestEntry): PushEntry | undefined
} {
  const near = new Map<string, PushEntry>()
  for (const push of pushes) near.set(deliveryKey(push, 0), push)
  return {
    of: (request) =>
      near.get(deliveryKey(request, 0)) ??
      near.get(deliveryKey(request, 1)) ??
      near.get(deliveryKey(request, -1)),
  }
}

function deliveryKey(
  { url = '', status, at }: { url?: string; status?: number; at: number },
  shift: number,
): string {
  const host = URL.canParse(url) ? new URL(url).host : url
  return `${host} ${status} ${Math.floor(at / deliveryMs) + shift}`
}
