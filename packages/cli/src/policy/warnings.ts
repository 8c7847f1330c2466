import {
  type Policy,
  type PushSender,
  type Service,
  type SharedAccount,
  sharedAccounts,
} from '@countersign/policy'
import { entryName } from './graph.ts'

/**
 * Warns of rights that come from shared accounts, which a reader of the policy could miss.
 *
 * @returns sentences, each once
 */
export function sharingWarnings(policies: readonly Policy[]): readonly string[] {
  const within = policies.flatMap((policy) => sharedAccounts(policy).map(sentenceOf))
  return [...new Set([...within, ...acrossEnvironments(policies)])]
}

function sentenceOf({ serviceAccount, holders, isEqual }: SharedAccount): string {
  const names = holders.map(entryName).join(' and ')
  const begin = `${names} have one account, ${serviceAccount}`
  if (isEqual) return `${begin}, with the same rights: receivers can't distinguish them`
  const pinned = holders.filter(({ subject }) => subject !== undefined).map(entryName)
  const pins =
    pinned.length === 0 ? '' : `; a subject pins only the rights of ${pinned.join(' and ')}`
  return `${begin}: each of them has the rights of all${pins}`
}

/**
 * Warns of a service with a written account, which is the same in every environment, while the services that
 * it calls have a different URL in each.
 */
function acrossEnvironments([first, ...others]: readonly Policy[]): string[] {
  return [...(first?.services.values() ?? [])].flatMap((service) => {
    const shared = others.filter((other) => isSameCaller(service, first as Policy, other))
    if (shared.length === 0) return []
    const names = [first, ...shared].map((policy) => policy?.environment).join(' and ')
    const what = `has the account ${service.serviceAccount} in ${names}`
    return [
      `services.${service.name} ${what}: the service in one can call the services of the other`,
    ]
  })
}

/** Whether a service has one account in two environments, and calls different URLs in them. */
function isSameCaller(service: Service, here: Policy, there: Policy): boolean {
  const isOne = there.services.get(service.name)?.serviceAccount === service.serviceAccount
  const called = [...service.calls.keys()]
  return isOne && called.some((to) => urlOf(to, here) !== urlOf(to, there))
}

function urlOf(name: string, { services }: Policy): string | undefined {
  return services.get(name)?.url
}

/**
 * Warns of pushes whose `aud` is not an audience of a private service: IAM refuses each delivery with 401,
 * before it reaches the service.
 *
 * @returns sentences, each once
 */
export function pushAudienceWarnings(policies: readonly Policy[]): readonly string[] {
  const all = policies.flatMap(({ pushes, services }) => {
    return [...pushes.values()].map((push) => warningOf(push, services.get(push.to)))
  })
  return [...new Set(all.filter((warning) => warning !== undefined))]
}

function warningOf(push: PushSender, service: Service | undefined): string | undefined {
  if (!service || service.public || service.audiences.length === 0) return undefined
  const wrong =
    push.audience === undefined ? missingAudience(push) : foreignAudience(push.audience, service)
  if (wrong === undefined) return undefined
  const begin = `pushes.${push.name} delivers to services.${push.to}, which is private, with`
  const [right] = service.audiences
  return `${begin} ${wrong}: IAM refuses it with 401. Set its "audience" to one of the service's, such as "${right}", here and at Google`
}

/** IAM accepts the `aud` that Eventarc chooses, and a URL of Cloud Run with only a slash after it. */
function missingAudience({ kind, path }: PushSender): string | undefined {
  if (kind === 'eventarc' || path === '/') return undefined
  return 'no audience, so its aud is the full URL of the delivery'
}

function foreignAudience(audience: string, { url, audiences }: Service): string | undefined {
  const urls = audiences.filter((one) => one === url || /^https:\/\/[^/]+\.run\.app$/.test(one))
  const isKnown = audiences.includes(audience) || urls.some((one) => audience === `${one}/`)
  return isKnown ? undefined : `the audience "${audience}", which is not one of the service's`
}
