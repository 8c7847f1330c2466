import type { ServiceFetchOptions } from '@countersign/caller'

/**
 * Where the called services are. On Cloud Run that is what the policy says. In a cluster it is plain HTTP at
 * the service's name, which takes a network that encrypts; the audiences stay those of the policy.
 */
export function placed(options: ServiceFetchOptions): ServiceFetchOptions {
  if (process.env.KUBERNETES_SERVICE_HOST === undefined) return options
  const targets = options.targets.map((target) =>
    typeof target === 'string' || target.name === undefined
      ? target
      : { ...target, url: `http://${target.name}`, allowInsecureHttp: true },
  )
  return { ...options, targets }
}
