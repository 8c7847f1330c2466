import type { EmulatorCredentials } from '../emulator-credentials.ts'
import { type Account, projectOf, strangerAccount } from '../google/accounts.ts'
import type { FederationPlace } from '../google/federation.ts'
import type { Google } from '../google/google.ts'
import { serviceNamed } from './named-servers.ts'
import type { Servers } from './servers.ts'

/**
 * Credentials and tokens of the policy's accounts, as users get them in process.
 *
 * @param google who signs
 * @param servers where they lead to
 */
export function createCredentials(
  google: Google,
  servers: Servers,
): Omit<EmulatorCredentials, 'signingKey'> {
  const { issuer, serviceAccountKeys, users, federation, awsFederation } = google
  const { url } = servers.api
  const ownerNamed = (name: string): { account: Account; place: FederationPlace } => {
    const { service } = serviceNamed(name, servers)
    const account = accountOf(service.serviceAccount, google)
    return { account, place: { project: projectOf(service), url } }
  }
  return {
    serviceAccountKey: async (name) => {
      const { account, place } = ownerNamed(name)
      return serviceAccountKeys.file(account, place)
    },
    userCredentials: (email = 'developer@example.com') => users.file(assertEmail(email), url),
    federation: (name) => {
      const { account, place } = ownerNamed(name)
      return federation.config(account, place)
    },
    awsFederation: (name) => {
      const { account, place } = ownerNamed(name)
      return awsFederation.config(account, place)
    },
    idToken: async (serviceOrEmail, audience, overrides = {}) => {
      return issuer.idToken(accountOf(serviceOrEmail, google), audience, { overrides })
    },
  }
}

function accountOf(serviceOrEmail: string, { policy, accounts }: Google): Account {
  const email = policy.services.get(serviceOrEmail)?.serviceAccount ?? serviceOrEmail
  if (!email.includes('@')) {
    throw new TypeError(`"${email}" is neither a service of the policy nor an email`)
  }
  return accounts.get(email) ?? strangerAccount(email)
}

function assertEmail(email: string): string {
  if (/^[^@\s]+@[^@\s]+$/.test(email)) return email
  throw new TypeError(`email: "${email}" is none; write "developer@example.com"`)
}
