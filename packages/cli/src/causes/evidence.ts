/**
 * What is known about a call that was refused, or that could be refused. All of it is optional: what was not
 * read is missing, and no cause is found from what is missing. Texts can be hostile: they come from
 * answers and logs.
 */
export interface Evidence {
  /** When it was collected, in milliseconds since the epoch. */
  at?: number
  /** The URL that is called. */
  url?: string
  method?: string
  path?: string
  /** Whether an emulator stands for Google. */
  isEmulated?: boolean
  service?: ServiceFacts
  caller?: CallerFacts
  /** Why there is no token. */
  mint?: MintFailure
  token?: TokenFacts
  /** The answer to a call without a token. */
  anonymous?: Answer
  /** The answer to a call with the token. */
  signed?: Answer
  /** A line of the receiver's own log, or the code in its answer. */
  denial?: ReceiverDenial
  /** A line of the caller's own log: it sent nothing. */
  ownRefusal?: { code: string; message?: string }
  /** The platform's log line of the call: `absent` if it was looked for and is not there. */
  requestLog?: RequestLine | 'absent'
  grants?: GrantFacts
  /** What the policy file says. */
  list?: ListFacts
  /** The product that delivers, if it is a push. */
  sender?: SenderFacts
  logs?: LogFacts
}

/** The receiving service, as Google describes it. */
export interface ServiceFacts {
  name?: string
  project?: string
  region?: string
  /** All of its URLs. */
  urls?: readonly string[]
  customAudiences?: readonly string[]
  ingress?: string
  /** False if the invoker check is off. */
  invokerCheck?: boolean
  iap?: boolean
  isDefaultUrlDisabled?: boolean
  /** Whether Terraform made it. */
  isTerraform?: boolean
}

/** Where a caller's tokens come from. */
export type CredentialsKind =
  | 'metadata-server'
  | 'key-file'
  | 'impersonation'
  | 'federation'
  | 'person'
  | 'none'

/** The calling service. */
export interface CallerFacts {
  /** Its name in the policy file, or in Cloud Run. */
  name?: string
  /** The email of its service account. */
  account?: string
  /** The email that it should have. */
  expectedAccount?: string
  credentials?: CredentialsKind
  /** A proxy that its clients use also for the metadata server. */
  proxy?: string
  /** `private-ranges-only`, `all-traffic`, or `none` if it is not connected to a VPC network. */
  egress?: string
}

/** Why no token was minted. */
interface MintFailure {
  /** The code of `IdTokenError`. */
  code: string
  /** The words of the program that refused: the metadata server, the token endpoint. */
  words: string
}

/** A token, decoded but not verified. */
export interface TokenFacts {
  kind: 'id-token' | 'access-token' | 'other'
  audience?: string
  issuer?: string
  subject?: string
  email?: string
  /** Milliseconds since the epoch. */
  issuedAt?: number
  expiresAt?: number
  isSignatureRemoved?: boolean
}

/** An answer, of which only the beginning was read. */
export interface Answer {
  status: number
  contentType?: string
  challenge?: string
  /** The receiver's `Countersign-Code`. */
  code?: string
  location?: string
  /** Whether Identity-Aware Proxy made it. */
  isIap?: boolean
  /** The server's clock, in milliseconds since the epoch. */
  date?: number
  /** The text of the body's beginning, without tags. */
  text?: string
}

/** A denial by `verifyCaller`, as it logs it. */
export interface ReceiverDenial {
  code: string
  enforced?: boolean
  caller?: string
  method?: string
  path?: string
  got?: string
  expected?: string
}

/** The platform's log line of a call. */
export interface RequestLine {
  status: number
  /** The words of the platform, if it refused the call. */
  text?: string
}

/** The grants that can let somebody call the service. */
export interface GrantFacts {
  /** Of the service itself, its project, folders and organization, as far as they were read. */
  known: readonly GrantFact[]
  /** What was not read. Then a grant can be missing from `known`. */
  notRead: readonly string[]
  /** Changes of the last days, newest first, from audit logs. */
  changes?: readonly GrantChange[]
  /** What Google answered about `run.routes.invoke` for this caller. */
  isInvokerByGoogle?: boolean
}

/** One member of one binding. */
export interface GrantFact {
  role: string
  member: string
  /** What it is granted on: `service user-profiles`, `project acme`. */
  on: string
  /** Whether this is the service that is called, or one of its ancestors. */
  isHere: boolean
  condition?: string
}

/** A change of an allow policy. */
export interface GrantChange {
  /** Milliseconds since the epoch. */
  at: number
  action: 'ADD' | 'REMOVE'
  role: string
  member: string
  /** Who changed it. */
  by?: string
}

/** The receiver's list, from the policy file. */
export interface ListFacts {
  file: string
  environment?: string
  isCallerListed?: boolean
  isOperationAllowed?: boolean
  isPublic?: boolean
  isRouteOpen?: boolean
}

/** A product that delivers to the service. */
export interface SenderFacts {
  product: 'scheduler' | 'tasks' | 'pubsub'
  /** The job, queue or subscription. */
  name?: string
  /** Where it delivers to. */
  url?: string
  /** The HTTP status, as far as the product's log has it. */
  status?: number
  /** Its words, such as `PERMISSION_DENIED`. */
  words?: string
  /** Whether the product's own service agent has its role; undefined if that was not read. */
  hasAgentRole?: boolean
}

/** The logs of the receiving service. */
export interface LogFacts {
  /** Whether it has lines of `verifyCaller`. */
  hasCountersignLines?: boolean
  /** Whether there is any request log of the service. */
  hasRequestLog?: boolean
  /** An exclusion or another bucket for request logs, if there is one. */
  exclusion?: string
}

/** How sure a cause is: shown by the evidence, the best explanation of it, or one of several. */
export type Certainty = 'certain' | 'likely' | 'possible'

/** Who refuses a call for this reason; `nobody` if the call works, and should not. */
export type Refuser =
  | 'the caller'
  | 'the token issuer'
  | 'the front door'
  | 'IAP'
  | 'the receiver'
  | 'the application'
  | 'the product'
  | 'nobody'

/** One step of a fix: a command that can be pasted, words, or both. */
export interface Step {
  words?: string
  command?: string
}

/** A cause that was found. */
export interface Cause {
  code: string
  certainty: Certainty
  refusedBy: Refuser
  sentence: string
  fix: readonly Step[]
}

/** A reason for which calls are refused. Without evidence its texts are those of the guide. */
export interface KnownCause {
  code: string
  /** What it looks like: status, words. People search for these. */
  signs: string
  refusedBy: Refuser
  /** How sure it is by this evidence; undefined if nothing shows it. */
  certainty(evidence: Evidence): Certainty | undefined
  sentence(evidence: Evidence): string
  fix(evidence: Evidence): readonly Step[]
}
