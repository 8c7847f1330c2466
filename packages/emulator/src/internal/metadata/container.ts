import type { Service } from '@countersign/policy'
import type { Account, Project } from '../../google/accounts.ts'
import type { Google } from '../../google/google.ts'

/** A service's container, as its metadata server knows it. */
export interface Container {
  readonly google: Google
  readonly service: Service
  readonly account: Account
  readonly project: Project
}

/**
 * Whether a path names the container's account: `default`, or its email.
 *
 * @param container the container
 * @param name a segment of the path
 */
export function hasAccount({ account }: Container, name: string | undefined): boolean {
  return name === 'default' || name === account.email
}
