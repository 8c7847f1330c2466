import type { Policy } from '@countersign/policy'
import type { ServiceFacts } from '../causes/evidence.ts'
import type { KnownServices } from './groups.ts'

/** What a policy says about the services of a log; nothing without a policy. */
export function knownServices(policy: Policy | undefined, file: string | undefined): KnownServices {
  if (!policy || file === undefined) return nothing
  const { services, environment } = policy
  const names = new Map([...services.values()].map((one) => [one.serviceAccount, one.name]))
  return {
    accountOf: (name) => services.get(name)?.serviceAccount,
    nameOf: (account) => names.get(account),
    factsOf: (name) => factsOf(services.get(name)),
    list: { file, ...(environment !== undefined && { environment }) },
  }
}

const nothing: KnownServices = {
  accountOf: () => undefined,
  nameOf: () => undefined,
  factsOf: () => ({}),
}

type Placed = Readonly<Record<'url' | 'project' | 'region', string | undefined>>

function factsOf(service: Placed | undefined): ServiceFacts {
  const { url, project, region } = service ?? {}
  return {
    ...(url !== undefined && { urls: [url] }),
    ...(project !== undefined && { project }),
    ...(region !== undefined && { region }),
  }
}
