import { text as textOf } from 'node:stream/consumers'
import type { Command } from 'commander'
import {
  type ExitCode,
  exitCodes,
  type SetExitCode,
  usageFailure,
} from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import { examinePair } from '../doctor/examine-pair.ts'
import { examineUrl } from '../doctor/examine-url.ts'
import { printJob } from '../doctor/print-job.ts'
import { type Diagnosis, describeDiagnosis } from '../doctor/report.ts'
import { findTarget } from '../doctor/target.ts'
import { type EmulatorOptions, withEmulatorOption } from '../emulator/running-emulator.ts'
import { readPolicy } from '../policy/policy-file.ts'

interface DoctorOptions extends EmulatorOptions, OutputOptions {
  as?: string
  audience?: string
  token?: string
  policy?: string
  environment?: string
  from?: string
  printJob?: true | string
}

/** Adds `countersign doctor`: why a call is refused, and what to do. */
export function addDoctorCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('doctor')
    .summary('find out why calls of a service are refused')
    .description(
      'Says why a call is refused, who refuses it, and the fix. Changes nothing: fixes are printed. With a URL it looks for credentials, gets an ID token, and sends two requests to the URL, one without and one with the token, without following redirects; then it asks Google about the service. An access token goes to googleapis.com alone. With CALLER and RECEIVER, two services of a policy, it sends no request to them: it reads with gcloud, or from files, how both are set up, and says "not checked" for what it can not read. The exit code is 1 if a cause is found, and 3 if nothing answers.',
    )
    .argument('<url-or-caller>', 'the URL of a service, with a path if it matters; or a caller')
    .argument('[receiver]', 'the service that the caller calls')
    .option('--as <account>', 'call as this service account, or as this service of the emulator')
    .option('--audience <audience>', 'the aud of the token (default: the origin of the URL)')
    .option('--token <->', 'examine the token on standard input, instead of getting one')
    .option('--policy <file>', 'the policy file (default, for CALLER and RECEIVER: in this folder)')
    .option('-e, --environment <name>', "one of the policy's environments")
    .option(
      '--from <folder>',
      'read receiver.json, caller.json, iam.json, ancestors.json and log.json there, instead of running gcloud',
    )
    .option(
      '--print-job [kind]',
      "print a Cloud Run job (or, with gke, a pod) that runs doctor as the caller and in the caller's network",
    )
  withEmulatorOption(command)
    .option('--json', 'print an object with checks, causes and evidence')
    .addHelpText(
      'after',
      examples({
        'countersign doctor https://search-123.us-central1.run.app/search --as login-run@acme.iam.gserviceaccount.com':
          'as the caller',
        'countersign doctor login user-profiles -e prod': 'without a token',
        'countersign doctor login user-profiles -e prod --print-job': 'from inside',
      }),
    )
    .action(async (first: string, receiver: string | undefined, options: DoctorOptions) => {
      setExitCode(await doctor(first, receiver, options))
    })
}

async function doctor(
  first: string,
  receiver: string | undefined,
  options: DoctorOptions,
): Promise<ExitCode> {
  if (receiver === undefined) return doctorUrl(first, options)
  const { policy } = await readPolicy(options.policy, options.environment)
  const pair = { caller: first, receiver, policy, file: options.policy, from: options.from }
  if (options.printJob !== undefined) {
    const text = await printJob({ ...pair, kind: options.printJob })
    print(options, { data: { commands: text.split('\n') }, text })
    return exitCodes.ok
  }
  return show(await examinePair(pair), options)
}

async function doctorUrl(text: string, options: DoctorOptions): Promise<ExitCode> {
  if (options.from !== undefined || options.printJob !== undefined) {
    throw usageFailure(
      '--from and --print-job want a caller and a receiver',
      'Write countersign doctor CALLER RECEIVER.',
    )
  }
  const named = options.policy ?? options.environment
  const policy =
    named === undefined ? undefined : await readPolicy(options.policy, options.environment)
  const target = await findTarget(text, options, policy?.policy)
  const examined = await examineUrl({
    target,
    as: options.as,
    token: await givenToken(options.token),
    policy: policy?.policy,
    policyFile: options.policy,
  })
  const code = show(examined, options)
  return examined.isUnreachable ? exitCodes.unavailable : code
}

async function givenToken(option: string | undefined): Promise<string | undefined> {
  if (option === undefined) return undefined
  if (option !== '-') {
    throw usageFailure(
      'A token on the command line stays in the shell history',
      'Write --token - and pipe it to the command.',
    )
  }
  const text = await textOf(process.stdin)
  return text.trim().replace(/^(authorization:\s*)?(bearer\s+)?/i, '')
}

function show(diagnosis: Diagnosis, options: OutputOptions): ExitCode {
  print(options, { data: diagnosis, text: describeDiagnosis(diagnosis), isRaw: true })
  const isWrong = diagnosis.checks.some(({ state }) => state === 'wrong')
  const isFound = diagnosis.causes.some(({ certainty }) => certainty !== 'possible')
  return isWrong || isFound ? exitCodes.failed : exitCodes.ok
}
