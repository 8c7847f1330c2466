import { readFileSync } from 'node:fs'
import { accountOr } from '../causes/commands.ts'
import { usageFailure } from '../command-line/failure.ts'
import { callerPlace } from './describe.ts'
import { describeCommand, type Pair, read, servicesOf } from './examine-pair.ts'

/** A job to print. */
interface JobOptions extends Pair {
  /** `true` is the same as `run`. */
  kind: true | string
}

/**
 * Prints the commands for a job that runs `doctor` with the caller's account, and in its network: what a
 * laptop can't see from outside. Nothing is run.
 */
export async function printJob({ kind, ...pair }: JobOptions): Promise<string> {
  const { caller, receiver } = servicesOf(pair)
  const { url } = receiver
  if (url === undefined) {
    throw usageFailure(`"${receiver.name}" has no url in the policy`, 'Write its "url" there.')
  }
  const job = { name: `countersign-doctor-${caller.name}`.slice(0, 49), url }
  if (kind === 'gke') return podCommands(job)
  if (kind !== true && kind !== 'run') {
    throw usageFailure('--print-job is run or gke', 'Write --print-job, or --print-job gke.')
  }
  const described = await read('caller', describeCommand(caller), pair)
  const place = 'value' in described ? callerPlace(described.value) : undefined
  const account = accountOr(place?.account, caller.serviceAccount)
  const at = `--project=${caller.project} --region=${caller.region}`
  const options = [
    '--image=node:24-slim',
    '--command=npx',
    `--args=${argumentsOf(url).join(',')}`,
    `--service-account=${account}`,
    ...(place?.network ?? []),
    '--max-retries=0 --execute-now --wait',
  ]
  return [
    ...(place ? [] : ["# the caller's network was not checked: gcloud could not read it"]),
    `gcloud run jobs create ${job.name} ${at} \\`,
    `  ${options.join(' \\\n  ')}`,
    `gcloud logging read 'resource.labels.job_name="${job.name}"' --project=${caller.project} --freshness=10m --order=asc --format='value(textPayload)'`,
    `gcloud run jobs delete ${job.name} ${at} --quiet`,
  ].join('\n')
}

function argumentsOf(url: string): string[] {
  return ['-y', `countersign@${version()}`, 'doctor', url]
}

/** The Kubernetes service account is not in the policy: NAMESPACE and KSA are to be filled in. */
function podCommands({ name, url }: { name: string; url: string }): string {
  const overrides = JSON.stringify({ spec: { serviceAccountName: 'KSA' } })
  return [
    '# NAMESPACE and KSA are those of the caller',
    `kubectl run ${name} --namespace=NAMESPACE --rm -i --restart=Never --image=node:24-slim \\`,
    `  --overrides='${overrides}' \\`,
    `  --command -- npx ${argumentsOf(url).join(' ')}`,
  ].join('\n')
}

function version(): string {
  const file = new URL(import.meta.resolve('countersign/package.json'))
  return JSON.parse(readFileSync(file, 'utf8')).version
}
