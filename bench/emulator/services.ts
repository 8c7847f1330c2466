import { loadPolicy, type Policy } from '@countersign/policy'

/** As many as a company may have. */
export const services = 200

/** A server for Google's APIs, and two for each service. */
export const ports: number = 1 + 2 * services

/** A policy in which each service calls the next. */
export function policyOfMany(): Promise<Policy> {
  const entries = Array.from({ length: services }, (_, index) => [
    nameOf(index),
    {
      url: `https://${nameOf(index)}.acme.example`,
      serviceAccount: `${nameOf(index)}@acme.iam.gserviceaccount.com`,
      calls: { [nameOf((index + 1) % services)]: {} },
    },
  ])
  return loadPolicy({ services: Object.fromEntries(entries) })
}

/** The name of one of them. */
export function nameOf(index: number): string {
  return `service-${index}`
}
