import { createHash } from 'node:crypto'
import type { InvokerGrant } from '@countersign/policy'

/** The gcloud commands for grants; a comment for a grant without project or region. */
export function gcloudCommands(grants: readonly InvokerGrant[]): string[] {
  return grants.map(({ service, project, region, member }) => {
    if (project === undefined || region === undefined) {
      return `# ${member} on ${service}: the policy doesn't name the service's project and region`
    }
    const where = `--project=${project} --region=${region}`
    const what = `--member=${member} --role=roles/run.invoker`
    return `gcloud run services add-iam-policy-binding ${service} ${where} ${what}`
  })
}

const type = 'google_cloud_run_v2_service_iam_member'

/** The members of one such resource. */
type Member = Readonly<Record<'project' | 'location' | 'name' | 'role' | 'member', string>>

/**
 * The grants in Terraform's JSON. A comment names those without project or region.
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

/** The grants in Terraform's own language. A comment stands for each without project or region. */
export function terraformText(grants: readonly InvokerGrant[]): string {
  const comments = commentsOn(grants).map((comment) => `# ${comment}`)
  const resources = resourcesOf(grants).map(([name, member]) => {
    const lines = Object.entries(member).map(([key, value]) => `  ${key.padEnd(8)} = "${value}"`)
    return [`resource "${type}" "${name}" {`, ...lines, '}'].join('\n')
  })
  return [...comments, ...resources].join('\n\n')
}

function commentsOn(grants: readonly InvokerGrant[]): string[] {
  return grants
    .filter((grant) => !isPlaced(grant))
    .map(({ service, member }) => {
      return `${member} on ${service}: the policy doesn't name the service's project and region`
    })
}

function resourcesOf(grants: readonly InvokerGrant[]): [string, Member][] {
  return grants.filter(isPlaced).map((grant) => {
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
  const isWhole = account === 'allUsers' || /^[a-z0-9-]+@[a-z0-9-]+$/.test(account)
  return isWhole
    ? name
    : `${name}_${createHash('sha256').update(member).digest('hex').slice(0, 12)}`
}
