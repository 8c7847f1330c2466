import type { InvokerGrant } from '@countersign/policy'

/**
 * The commands that make grants; a comment for one whose project or region nobody knows.
 *
 * @param grants who may invoke what
 */
export function gcloudCommands(grants: readonly InvokerGrant[]): string[] {
  return grants.map(({ service, project, region, member }) => {
    if (project === undefined || region === undefined) {
      return `# ${member} on ${service}: the policy doesn't say its project and region`
    }
    const where = `--project=${project} --region=${region}`
    const what = `--member=${member} --role=roles/run.invoker`
    return `gcloud run services add-iam-policy-binding ${service} ${where} ${what}`
  })
}
