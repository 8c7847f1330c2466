import type { InvokerGrant } from '@countersign/policy'

const type = 'google_cloud_run_v2_service_iam_member'

/** What one such resource holds. */
type Member = Readonly<Record<'project' | 'location' | 'name' | 'role' | 'member', string>>

/**
 * Grants as Terraform's JSON has them.
 *
 * @see https://developer.hashicorp.com/terraform/language/syntax/json
 * @param grants who may invoke what; those without project or region are left out
 */
export function terraform(grants: readonly InvokerGrant[]): object {
  return { resource: { [type]: Object.fromEntries(resourcesOf(grants)) } }
}

/**
 * The same in Terraform's own language.
 *
 * @param grants who may invoke what; a comment stands for one without project or region
 */
export function terraformText(grants: readonly InvokerGrant[]): string {
  const comments = grants
    .filter((grant) => !isPlaced(grant))
    .map(({ service, member }) => {
      return `# ${member} on ${service}: the policy doesn't say its project and region`
    })
  const resources = resourcesOf(grants).map(([name, member]) => {
    const lines = Object.entries(member).map(([key, value]) => `  ${key.padEnd(8)} = "${value}"`)
    return [`resource "${type}" "${name}" {`, ...lines, '}'].join('\n')
  })
  return [...comments, ...resources].join('\n\n')
}

function resourcesOf(grants: readonly InvokerGrant[]): [string, Member][] {
  return grants.filter(isPlaced).map((grant) => {
    const { service: name, project, region: location, member } = grant
    return [nameOf(grant), { project, location, name, role: 'roles/run.invoker', member }]
  })
}

type Placed = InvokerGrant & { readonly project: string; readonly region: string }

function isPlaced(grant: InvokerGrant): grant is Placed {
  return grant.project !== undefined && grant.region !== undefined
}

/** After the account, not after who runs as it: two may, and a push may be called as a service is. */
function nameOf({ service, member }: InvokerGrant): string {
  const account = member.replace('serviceAccount:', '').replace('.iam.gserviceaccount.com', '')
  return `${service}_${account.replace('@', '_').replaceAll('.', '-')}`
}
