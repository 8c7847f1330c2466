import type { Account } from '../../google/accounts.ts'
import type { Holder } from '../../google/credentials.ts'
import type { Google } from '../../google/google.ts'
import { jsonObject } from '../../http/body.ts'
import type { Call, Parameters, Reply } from '../../http/route.ts'
import { type GoogleErrorStatus, googleError } from './google-error.ts'
import { selfSigned } from './self-signed-jwt.ts'

/** A request to act as another account. */
export interface Impersonation {
  readonly account: Account
  /** The JSON body. */
  readonly body: Readonly<Record<string, unknown>>
}

/** An impersonation that may go ahead, or how to answer one that may not. */
export type CheckedImpersonation =
  | { readonly impersonation: Impersonation }
  | { readonly impersonation?: undefined; readonly refusal: Reply }

const unauthenticated =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or ' +
  'other valid authentication credential.'

const denied = 'The caller does not have permission to act as this service account.'

/**
 * Checks a call of IAM Credentials. The policy file says nothing of `serviceAccountTokenCreator`:
 * an account or a person with an access token of the emulator's, and an account that signed a JWT for
 * itself, may act as any account of the policy. A federated principal may act as the one that its configuration names.
 *
 * @param call the request
 * @param parameters the account that is asked for
 * @param google which accounts, keys and access tokens there are
 */
export async function checkImpersonation(
  call: Call,
  { account: name = '' }: Parameters,
  google: Google,
): Promise<CheckedImpersonation> {
  const holder = await holderOf(call, google)
  if (!holder) return refused('UNAUTHENTICATED', unauthenticated)
  const account = accountNamed(name, google.accounts)
  const isAllowed = holder.actsAs === undefined || holder.actsAs === account?.email
  if (!isAllowed) return refused('PERMISSION_DENIED', denied)
  if (!account) return refused('NOT_FOUND', `Not found; Gaia id not found for email ${name}`)
  const body = jsonObject(await call.body())
  if (!body) return refused('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  return { impersonation: { account, body } }
}

async function holderOf({ headers }: Call, google: Google): Promise<Holder | undefined> {
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return google.accessTokens.holder(token) ?? (await selfSigned(token, google, headers.host))
}

/** By its email, or by its unique id. */
function accountNamed(name: string, accounts: Google['accounts']): Account | undefined {
  return accounts.get(name) ?? [...accounts.values()].find(({ subject }) => subject === name)
}

function refused(status: GoogleErrorStatus, message: string): CheckedImpersonation {
  return { refusal: googleError(status, message) }
}
