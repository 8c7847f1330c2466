import type { Google } from '../../google/google.ts'
import type { Party } from '../../layers.ts'
import type { SeenToken } from './seen-tokens.ts'

/**
 * Who a token says is calling.
 *
 * @param seen the token that counts, if there is one
 * @param google whose accounts there are
 */
export function partyOf(
  seen: SeenToken | undefined,
  { policy, accounts }: Pick<Google, 'policy' | 'accounts'>,
): Party | undefined {
  const { email, sub } = seen?.claims ?? {}
  const known = [...accounts.values()].find(({ subject }) => subject === sub)?.email
  const account = typeof email === 'string' ? email : (known ?? sub)
  if (typeof account !== 'string' || account === '') return undefined
  const service = [...policy.services.values()].find((one) => one.serviceAccount === account)
  const verified = seen?.verification.isValid === true
  return {
    ...(service && { service: service.name }),
    account,
    verified,
  }
}
