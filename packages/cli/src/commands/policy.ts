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

/** `countersign policy`: what a policy says, for people, for IAM and for Terraform. */
export function addPolicyCommands(program: Command, setExitCode: SetExitCode): void {
  const policy = program
    .command('policy')
    .summary('what a policy says: checked, drawn, for IAM and for Terraform')
    .description('What a policy says, for people, for IAM and for Terraform.')
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
    .option('-e, --environment <name>', "which of the policy's environments")
}

function addCheck(program: Command): void {
  program
    .command('check')
    .summary('whether it can be meant, in every environment')
    .description(
      'Loads a policy in each of its environments. Tells all that is wrong, with lines; then ends with 2. Warns of service accounts that several services or pushes have, or one service in several environments: receivers know accounts alone, so that each gets the rights of all. Warns of pushes to a private service with an audience that it does not have: IAM refuses them.',
    )
    .argument('[policy]', 'the policy file (default: countersign.jsonc in this folder)')
    .option(
      '--json',
      'an object with the environments, how many services and calls, and the warnings',
    )
    .action(async (given: string | undefined, options: OutputOptions) => {
      const file = policyPath(given)
      const environments = await policyEnvironments(file)
      const chosen =
        environments.length === 0 ? [{}] : environments.map((environment) => ({ environment }))
      const policies = await Promise.all(chosen.map((choice) => loadPolicy(file, choice)))
      const services = policies[0]?.services.size ?? 0
      const calls = policies[0] ? edgesOf(policies[0]).length : 0
      const warnings = [...sharingWarnings(policies), ...pushAudienceWarnings(policies)]
      const where = environments.length === 0 ? '' : ` in ${environments.join(' and ')}`
      print(options, {
        data: { file, environments, services, calls, warnings },
        text: `${file} is fine${where} (services: ${services}, arrows: ${calls})`,
      })
      if (!options.json) for (const warning of warnings) note(`warning: ${warning}`)
    })
}

function addGraph(program: Command): void {
  withPolicy(program.command('graph'))
    .summary('who may call whom, as a Mermaid diagram')
    .description(
      'Prints who may call whom, as a Mermaid diagram: GitHub and many editors draw it. Dotted arrows are what a service or a push may do because another one has its service account.',
    )
    .option('--json', 'a list of arrows')
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
    .summary('the gcloud commands that let the callers through')
    .description(
      'Prints the gcloud commands that grant each caller roles/run.invoker on what it may call, and nothing else. Runs none of them. IAM knows no methods and paths: verifyCaller holds callers to those.',
    )
    .option('--json', 'a list of grants')
    .addHelpText('after', examples({ 'countersign policy iam -e prod | sh': 'grants them' }))
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const { policy } = await readPolicy(given, options.environment)
      const grants = invokerGrants(policy)
      print(options, { data: grants, text: gcloudCommands(grants).join('\n') })
    })
}

function addTerraform(program: Command): void {
  withPolicy(program.command('terraform'))
    .summary('the same for Terraform')
    .description(
      'Prints what countersign policy iam grants as Terraform resources (google_cloud_run_v2_service_iam_member).',
    )
    .option('--json', "the same in Terraform's JSON, for a .tf.json file")
    .action(async (given: string | undefined, options: PolicyOptions) => {
      const { policy } = await readPolicy(given, options.environment)
      const grants = invokerGrants(policy)
      print(options, { data: terraform(grants), text: terraformText(grants) })
    })
}

function addDiff(program: Command, setExitCode: SetExitCode): void {
  program
    .command('diff')
    .summary('which calls one policy lets through, and another doesn’t')
    .description(
      'Prints what a policy lets through that another does not: added lines begin with +, removed ones with -. Besides callers and what is open to all it tells where services are called, with the token in which headers, and in which project and region. Of command and port it says nothing. Ends with 1 where there is any.',
    )
    .argument('<before>', 'a policy file')
    .argument('<after>', 'another one')
    .option('-e, --environment <name>', 'which of their environments')
    .option('--json', 'an object with what was added and removed')
    .addHelpText(
      'after',
      examples({
        'git show main:countersign.jsonc > before.jsonc; countersign policy diff before.jsonc countersign.jsonc -e prod':
          'what this branch opens and closes',
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
