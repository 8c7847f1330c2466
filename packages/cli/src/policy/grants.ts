import { createHash } from 'node:crypto'
import type { InvokerGrant } from '@countersign/policy'

/**
 * The gcloud commands for grants; a comment for a grant without project or region. For a public service
 * the IAM check is turned off, since with a grant to `allUsers` Cloud Run still refuses some tokens.
 */
export function gcloudCommands(grants: readonly InvokerGrant[]): string[] {
  return grants.flatMap((grant) => {
    if (!isPlaced(grant)) return [`# ${unplaced(grant)}`]
    const { service, project, region, member } = grant
    const where = `--project=${project} --region=${region}`
    if (isPublic(grant)) {
      const comment = `# ${service} is public: this lets anyone on the Internet call it`
      return [comment, `gcloud run services update ${service} ${where} --no-invoker-iam-check`]
    }
    const what = `--member=${member} --role=roles/run.invoker`
    return [`gcloud run services add-iam-policy-binding ${service} ${where} ${what}`]
  })
}

function isPublic({ member }: InvokerGrant): boolean {
  return member === 'allUsers'
}

function unplaced(grant: InvokerGrant): string {
  const { service, member } = grant
  const what = isPublic(grant) ? `${service} is public` : `${member} on ${service}`
  return `${what}: the policy doesn't name the service's project and region`
}

const type = 'google_cloud_run_v2_service_iam_member'

/** The members of one such resource. */
type Member = Readonly<Record<'project' | 'location' | 'name' | 'role' | 'member', string>>

/**
 * The grants in Terraform's JSON. A comment names public services, and grants without project or region.
 *
 * @see https://developer.hashicorp.com/terraform/language/syntax/json
 */
export function terraform(grants: readonly InvokerGrant[]): object {
  const comments = commentsOn(grants)
  return {
    ...(comments.length > 0 && { '//': comments.join('; ') }),
    resource: { [type]: Object.fromEntries(resourcesOf(grants)) },
  }
}

/** The grants in Terraform's own language, and the comments that they have in JSON. */
export function terraformText(grants: readonly InvokerGrant[]): string {
  const comments = commentsOn(grants).map((comment) => `# ${comment}`)
  const resources = resourcesOf(grants).map(([name, member]) => {
    const lines = Object.entries(member).map(([key, value]) => `  ${key.padEnd(8)} = "${value}"`)
    return [`resource "${type}" "${name}" {`, ...lines, '}'].join('\n')
  })
  return [...comments, ...resources].join('\n\n')
}

function commentsOn(grants: readonly InvokerGrant[]): string[] {
  return grants.flatMap((grant) => {
    if (isPublic(grant)) return [publicComment(grant)]
    return isPlaced(grant) ? [] : [unplaced(grant)]
  })
}

/** The argument belongs to the service's own resource, which the policy can't print. */
function publicComment({ service }: InvokerGrant): string {
  const argument = 'invoker_iam_disabled = true in its google_cloud_run_v2_service'
  return `${service} is public: write ${argument}, which lets anyone on the Internet call it`
}

function resourcesOf(grants: readonly InvokerGrant[]): [string, Member][] {
  const bindings = grants.filter((grant) => !isPublic(grant))
  return bindings.filter(isPlaced).map((grant) => {
    const { service: name, project, region: location, member } = grant
    return [nameOf(grant), { project, location, name, role: 'roles/run.invoker', member }]
  })
}

type Placed = InvokerGrant & { project: string; region: string }

function isPlaced(grant: InvokerGrant): grant is Placed {
  return grant.project !== undefined && grant.region !== undefined
}

/**
 * The name of a resource, made of service and account, not of the caller's name: two callers can have one
 * account, and a push and a service can have one name. All grants have different names: if the account
 * has characters that a name can't have, the name ends with a hash.
 */
function nameOf({ service, member }: InvokerGrant): string {
  const account = member.replace('serviceAccount:', '').replace(/\.iam\.gserviceaccount\.com$/, '')
  const name = `${service}_${account.replace('@', '_').replace(/[^A-Za-z0-9_-]/g, '-')}`
  return /^[a-z0-9-]+@[a-z0-9-]+$/.test(account)
    ? name
    : `${name}_${createHash('sha256').update(member).digest('hex').slice(0, 12)}`
}
