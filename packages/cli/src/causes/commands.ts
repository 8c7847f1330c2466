import type { Evidence, Step } from './evidence.ts'

/**
 * Parts of commands. Evidence comes from logs and answers, and a command is pasted into a shell: a value
 * that doesn't look like what it should be is replaced by a placeholder.
 */

export function serviceName(evidence: Evidence): string {
  const name = evidence.service?.name ?? hostParts(evidence.url)?.name
  return matching(name, /^[a-z][a-z0-9-]{0,62}$/) ?? 'SERVICE'
}

export function projectOf({ service, url }: Evidence): string {
  const project = service?.project ?? hostParts(url)?.project
  return matching(project, /^[a-z0-9][a-z0-9.:-]{0,62}$/) ?? 'PROJECT'
}

export function regionOf({ service, url }: Evidence): string {
  const region = service?.region ?? hostParts(url)?.region
  return matching(region, /^[a-z]+-[a-z]+\d{1,2}$/) ?? 'REGION'
}

export function accountOf({ caller, token, denial }: Evidence): string {
  return accountOr(caller?.account ?? token?.email ?? denial?.caller, 'ACCOUNT')
}

/** An account's email, or a placeholder if it isn't one. */
export function accountOr(email: string | undefined, placeholder: string): string {
  return matching(email, /^[a-z0-9][a-z0-9._-]{0,62}@[a-z0-9.-]{1,200}$/) ?? placeholder
}

export function callerName({ caller }: Evidence): string {
  return matching(caller?.name, /^[a-z][a-z0-9-]{0,62}$/) ?? 'CALLER'
}

/** The origin of the called URL. */
export function originOf({ url, service }: Evidence): string {
  const text = url ?? service?.urls?.[0]
  if (text === undefined || !URL.canParse(text)) return 'https://SERVICE_URL'
  const { origin } = new URL(text)
  return matching(origin, /^https?:\/\/[\w.:[\]-]{1,300}$/) ?? 'https://SERVICE_URL'
}

/** The path of the called URL, if it can stand in a command as it is. */
export function urlOf(evidence: Evidence): string {
  const { url = '' } = evidence
  return matching(url, /^https?:\/\/[\w.:[\]/~-]{1,500}$/) ?? originOf(evidence)
}

function matching(value: string | undefined, form: RegExp): string | undefined {
  return value !== undefined && form.test(value) ? value : undefined
}

/** The parts of Cloud Run's deterministic URL: `https://SERVICE-PROJECTNUMBER.REGION.run.app`. */
export function hostParts(
  url: string | undefined,
): { name: string; project: string; region: string } | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const form = /^(?:[a-z0-9-]+---)?([a-z][a-z0-9-]*)-(\d+)\.([a-z]+-[a-z]+\d+)\.run\.app$/
  const [, name, project, region] = form.exec(new URL(url).hostname) ?? []
  return name && project && region ? { name, project, region } : undefined
}

function where(evidence: Evidence): string {
  return `--project=${projectOf(evidence)} --region=${regionOf(evidence)}`
}

/** A command about the service that is called. */
export function runServices(verb: string, evidence: Evidence, more = ''): string {
  const rest = more === '' ? '' : ` ${more}`
  return `gcloud run services ${verb} ${serviceName(evidence)} ${where(evidence)}${rest}`
}

/** The command that lets the caller in. A policy with conditions makes gcloud ask which one is meant. */
export function grantCommand(evidence: Evidence): string {
  const isConditional = evidence.grants?.known.some(({ condition }) => condition !== undefined)
  const condition = isConditional ? ' --condition=None' : ''
  const who = `--member=serviceAccount:${accountOf(evidence)} --role=roles/run.invoker`
  return runServices('add-iam-policy-binding', evidence, who + condition)
}

/** How long a grant takes, in Google's words and by reports. */
export const takesAWhile: Step = { words: 'takes 2 minutes, sometimes 7 or more' }

/** A change by gcloud; Terraform first if it manages the service, since it would undo the change. */
export function change(command: string, evidence: Evidence): readonly Step[] {
  const first = emulatorStep(evidence)
  if (!evidence.service?.isTerraform) return [...first, { command }]
  return [
    ...first,
    { words: 'managed by Terraform', command: terraformCommand(evidence) },
    { words: 'now', command },
  ]
}

function terraformCommand({ list }: Evidence): string {
  const environment = matching(list?.environment, /^[\w.-]{1,60}$/)
  return `countersign policy terraform${environment === undefined ? '' : ` -e ${environment}`}`
}

/** gcloud finds the emulator by its variables. */
function emulatorStep({ isEmulated }: Evidence): readonly Step[] {
  if (!isEmulated) return []
  return [{ words: 'in this shell first', command: 'eval "$(countersign env --for gcloud)"' }]
}

/** Google's own answer to "why 403", about IAM alone. */
export function troubleshooterCommand(evidence: Evidence): string {
  const resource = `projects/${projectOf(evidence)}/locations/${regionOf(evidence)}/services/${serviceName(evidence)}`
  return `gcloud policy-intelligence troubleshoot-policy iam //run.googleapis.com/${resource} --principal-email=${accountOf(evidence)} --permission=run.routes.invoke`
}
