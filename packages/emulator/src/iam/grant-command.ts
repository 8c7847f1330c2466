import type { Resources } from './resources.ts'

/** The gcloud command that grants a role on a service. */
export function grantCommand(
  { service, member, role }: { service: string; member: string; role: string },
  { services }: Pick<Resources, 'services'>,
): string {
  const resource = services.get(service)
  const where = `--project=${resource?.parent.id} --region=${resource?.region}`
  const what = `--member=${quoted(member)} --role=${quoted(role)}`
  return `gcloud run services add-iam-policy-binding ${service} ${where} ${what}`
}

/** The caller chose the email, and people paste the command into a shell. */
function quoted(text: string): string {
  return `'${text.replace(/[^ -~]/g, '?').replaceAll("'", "'\\''")}'`
}
