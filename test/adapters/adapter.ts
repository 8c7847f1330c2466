import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { ServiceFetch } from '@countersign/caller'
import type { SignCallsOptions } from '@countersign/express'
import type { Denial, ReceiverOptions } from '@countersign/receiver'

/** What a framework's own test does with a denial, in that framework's words. */
export type DenialHandler =
  /** Answers with the text `sorry: CODE`. */
  | 'answers'
  /** Answers nothing. */
  | 'silent'
  /** Answers with nothing: a body of null, where the framework knows one. */
  | 'answers-nothing'
  /** Throws, after having set nothing. */
  | 'throws'
  /** Answers after a while. */
  | 'answers-later'
  /** Answers with a view, where the framework has some. */
  | 'renders'
  /** Answers with a file. */
  | 'sends-file'

/** The options of `verifyCaller`, as the contract gives them. */
export interface Verify extends ReceiverOptions {
  onDenied?: DenialHandler
}

/** Changes a request, as URL rewriting and method-override do. */
export type Rewrite = (request: IncomingMessage) => void

/** At the top, before the middleware in an app that is mounted at `/mounted`, or before that is mounted. */
type RewritingPlace = 'top' | 'in-mounted' | 'before-mounted'

/** A running app. */
export interface RunningApp {
  url: string
  /** How many requests reached the handler behind the middleware. */
  handled(): number
}

/**
 * One framework, as the contract drives it. Each app's handler answers with JSON: `email`, the
 * caller's email or null; `asserted`, what `callerOf` returned or threw.
 */
export interface Adapter {
  name: string
  /** Middlewares before every route, in this order. */
  whole(...options: Verify[]): Promise<RunningApp>
  /** The middleware in an app that is mounted at `/mounted`. */
  mounted(options: Verify): Promise<RunningApp>
  /** The middleware on a router at `/mounted`. */
  onRouter(options: Verify): Promise<RunningApp>
  /** The middleware on the route `/admin` alone; `/open` has none. */
  onRoute(options: Verify): Promise<RunningApp>
  /** The middleware in an app at `/inner` of one that is mounted at `/outer`. */
  nested(options: Verify): Promise<RunningApp>
  /** Something else changes the request before the middleware does. */
  rewriting(options: Verify, where: RewritingPlace, rewrite: Rewrite): Promise<RunningApp>
  /** The middleware, whose receiver answers with something else. */
  deciding(options: Verify, decide: () => unknown): Promise<RunningApp>
  /** CORS and a body parser before or after the middleware; the handler also answers `body`. */
  among(options: Verify, where: 'before' | 'after'): Promise<RunningApp>
  /** A middleware in front answers `too slow` after 20 ms. */
  impatient(options: Verify): Promise<RunningApp>
  /** `signCalls`, and the handler behind it: its text is the answer, its error the framework's. */
  calling(options: SignCallsOptions, handler: CallingHandler): Promise<RunningApp>
}

/** What `signCalls` has put in front of a handler, in no framework's words. */
export interface Answering {
  serviceFetch: ServiceFetch
  request: IncomingMessage
  response: ServerResponse
}

/** A handler behind `signCalls`. */
export type CallingHandler = (answering: Answering) => Promise<string>

/** What the apps' handlers answer. */
export interface HandlerAnswer {
  email: string | null
  asserted: string
  push?: unknown
  body?: unknown
}

/** Sent by a handler of the contract: `sorry: caller_not_allowed`. */
export const sorryFile = fileURLToPath(new URL('./verify-caller/sorry.txt', import.meta.url))

/** The denial, as a handler of the contract words it. */
export function sorry({ code }: Denial): string {
  return `sorry: ${code}`
}
