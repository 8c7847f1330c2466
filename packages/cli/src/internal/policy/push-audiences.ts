import type { Policy, PushSender, Service } from '@countersign/policy'

/**
 * The pushes whose `aud` a private service doesn't have: IAM answers each of their deliveries with
 * 401, before the service sees it.
 *
 * @param policies one policy in each of its environments
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
  const wrong = push.audience === undefined ? untold(push) : foreign(push.audience, service)
  if (wrong === undefined) return undefined
  const begin = `pushes.${push.name} delivers to services.${push.to}, which is private, with`
  const [right] = service.audiences
  return `${begin} ${wrong}: IAM answers 401. Set its "audience" to one of the service's, such as "${right}", here and at Google`
}

/** What Eventarc takes by itself is let in, and so is a slash alone. */
function untold({ kind, path }: PushSender): string | undefined {
  if (kind === 'eventarc' || path === '/') return undefined
  return 'no audience, so that its aud is the whole URL that it delivers to'
}

function foreign(audience: string, { url, audiences }: Service): string | undefined {
  const isKnown = audiences.includes(audience) || audience === `${url}/`
  return isKnown ? undefined : `the audience "${audience}", which is not one of the service's`
}
