import { pathText } from '../file/document.ts'
import { didYouMean, quotedList } from '../file/shapes.ts'
import type { Policy, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'

type Services = Pick<Policy, 'services'>

/** The service of that name, or an error that lists those there are. */
export function serviceNamed({ services }: Services, name: string): Service {
  const service = services.get(name)
  if (service !== undefined) return service
  const known = [...services.keys()]
  throw new PolicyError({
    code: 'service_unknown',
    problem: `the policy has no service "${name}"`,
    hint: `write one of ${quotedList(known)}${didYouMean(name, known)}, or add it to "services"`,
    path: 'services',
  })
}

/** A service's URL, which is also the `aud` of tokens for it. */
export function productionUrl({ name, url }: Service): string {
  if (url !== undefined) return url
  throw new PolicyError({
    code: 'no_url',
    problem: `the service "${name}" has no url, and none follows from its name`,
    hint: 'write "url", or "projectNumber" and "region" in the service or its environment',
    path: pathText(['services', name]),
  })
}
