import { invokerGrants, loadPolicy, policyEnvironments } from '@countersign/policy'
import type { Command } from 'commander'
import { exitCodes, type SetExitCode } from '../command-line/failure.ts'
import { examples } from '../command-line/options.ts'
import { note, type OutputOptions, print } from '../command-line/terminal.ts'
import { gcloudCommands, terraform, terraformText } from '../policy/grants.ts'
import { edgesOf, mermaid, policyChanges, sharedEdgesOf } from '../policy/graph.ts'
import { policyPath, readPolicy } from '../policy/policy-file.ts'
import { pushAudienceWarnings, sharingWarnings } from '../policy/warnings.ts'

interface PolicyOptions extends OutputOptions {
  environment?: string
}

/** Adds `countersign policy`: checks a policy, and prints it for people, for IAM and for Terraform. */
export function addPolicyCommands(program: Command, setExitCode: SetExitCode): void {
  const policy = program
    .command('policy')
    .summary('check, draw, export and compare policies')
    .description('Checks a policy, and prints it for people, for IAM and for Terraform.')
    .helpCommand(false)
  addCheck(policy)
  addGraph(policy)
  addIam(policy)
  addTerraform(policy)
  addDiff(policy, setExitCode)
}

function withPolicy(command: Command): Command {
  return command
    .argument('[policy]', 'the policy file (default: countersign.jsonc in this folder)')
    .option('-e, --environment <name>', "one of the policy's environments")
}

function addCheck(program: Command): void {
  program
    .command('check')
    .summary('validate the policy in every environment')
    .description(
      'Validates a policy in each of its environments. If it is invalid, reports all problems, with their lines, and ends with exit code 2. Warns of a service account that several services or pushes have, or one service in several environments: receivers know callers only by their accounts, so each gets the rights of all. Warns of pushes to a private service with an audience that the service does not have: IAM refuses them.',
    )
    .argument('[policy]', 'the policy file (default: countersign.jsonc in this folder)')
    .option('-e, --environment <name>', 'validate it in this environment only (default: in each)')
    .option(
      '--json',
      'print an object with the environments, the numbers of services and calls, and the warnings',
    )
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const file = policyPath(given)
      const { environment: only } = options
      const environments = only === undefined ? await policyEnvironments(file) : [only]
      const chosen =
        environments.length === 0 ? [{}] : environments.map((environment) => ({ environment }))
      const policies = await Promise.all(chosen.map((choice) => loadPolicy(file, choice)))
      const services = policies[0]?.services.size ?? 0
      const calls = policies[0] ? edgesOf(policies[0]).length : 0
      const warnings = [...sharingWarnings(policies), ...pushAudienceWarnings(policies)]
      const where = environments.length === 0 ? '' : ` in ${environments.join(' and ')}`
      print(options, {
        data: { file, environments, services, calls, warnings },
        text: `${file} is valid${where} (services: ${services}, calls: ${calls})`,
      })
      if (!options.json) for (const warning of warnings) note(`warning: ${warning}`)
    })
}

function addGraph(program: Command): void {
  withPolicy(program.command('graph'))
    .summary('print who may call whom, as a Mermaid diagram')
    .description(
      'Prints who may call whom, as a Mermaid diagram, which GitHub and many editors can draw. A dotted arrow is a right that a service or a push has because another one has the same service account.',
    )
    .option('--json', 'print a list of arrows')
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const { policy } = await readPolicy(given, options.environment)
      print(options, {
        data: [...edgesOf(policy), ...sharedEdgesOf(policy)],
        text: mermaid(policy),
      })
    })
}

function addIam(program: Command): void {
  withPolicy(program.command('iam'))
    .summary('print the gcloud commands that grant the calls in IAM')
    .description(
      'Prints the gcloud commands that grant each caller roles/run.invoker on the services that it may call; for a public service also the one that turns its IAM check off (--no-invoker-iam-check), which lets anyone on the Internet call it. Prints nothing else, and does not run them. IAM knows no methods and paths: verifyCaller checks those.',
    )
    .option('--json', 'print a list of grants (the member of a public service is allUsers)')
    .addHelpText(
      'after',
      examples({
        'countersign policy iam -e prod | sh': 'makes the grants, and opens public services',
      }),
    )
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const { policy } = await readPolicy(given, options.environment)
      const grants = invokerGrants(policy)
      print(options, { data: grants, text: gcloudCommands(grants).join('\n') })
    })
}

function addTerraform(program: Command): void {
  withPolicy(program.command('terraform'))
    .summary('print the same grants for Terraform')
    .description(
      'Prints the grants of countersign policy iam as Terraform resources (google_cloud_run_v2_service_iam_member). For a public service prints a comment: its IAM check is turned off in its own resource (invoker_iam_disabled = true in google_cloud_run_v2_service).',
    )
    .option('--json', "print them in Terraform's JSON, for a .tf.json file")
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const { policy } = await readPolicy(given, options.environment)
      const grants = invokerGrants(policy)
      print(options, { data: terraform(grants), text: terraformText(grants) })
    })
}

function addDiff(program: Command, setExitCode: SetExitCode): void {
  program
    .command('diff')
    .summary('compare the calls that two policies allow')
    .description(
      'Prints the differences between the calls that two policies allow: added lines begin with +, removed lines with -. Compares callers and their accounts, routes that are open to all, and the URL, the token headers, the project and the region of each service; not command and port. The exit code is 1 if there is a difference.',
    )
    .argument('<before>', 'the old policy file')
    .argument('<after>', 'the new policy file')
    .option('-e, --environment <name>', 'one of their environments')
    .option('--json', 'print an object with the added and the removed lines')
    .addHelpText(
      'after',
      examples({
        'git show main:countersign.jsonc > before.jsonc; countersign policy diff before.jsonc countersign.jsonc -e prod':
          'the calls that this branch adds and removes',
      }),
    )
    .action(async (before: string, after: string, options: PolicyOptions) => {
      const [old, now] = await Promise.all([
        readPolicy(before, options.environment),
        readPolicy(after, options.environment),
      ])
      const { added, removed } = policyChanges(old.policy, now.policy)
      const lines = [...removed.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)]
      print(options, { data: { added, removed }, text: lines.join('\n') || 'no difference' })
      if (lines.length > 0) setExitCode(exitCodes.failed)
    })
}
