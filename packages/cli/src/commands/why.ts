import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { redact } from '@countersign/shared/redact'
import { type Command, InvalidArgumentError } from 'commander'
import {
  type ExitCode,
  exitCodes,
  type SetExitCode,
  usageFailure,
} from '../command-line/failure.ts'
import { count, examples } from '../command-line/options.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import { describeGroups, type Explained } from '../logs/describe-groups.ts'
import type { Entry } from '../logs/entry.ts'
import { groupRefusals } from '../logs/groups.ts'
import { knownServices } from '../logs/known-services.ts'
import { checkedName, type ReadLog, readCloudLog, readLog } from '../logs/read-logs.ts'
import { createJoiner } from '../logs/traces.ts'
import { readPolicy } from '../policy/policy-file.ts'

interface WhyOptions extends OutputOptions {
  service?: string
  since: string
  project?: string
  bucket?: string
  location?: string
  view?: string
  limit: number
  policy?: string
  environment?: string
}

/** Adds `countersign why`: why the calls in a log were refused. */
export function addWhyCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('why')
    .summary('say why the calls in a log were refused')
    .description(
      'Reads a log as gcloud logging read --format=json prints it (one list, or lines), and says for each refused call what happened, who refused it, and the fix. Understands request logs of Cloud Run, log lines of verifyCaller and serviceFetch, entries of Cloud Scheduler and Cloud Tasks, and changes of allow policies in audit logs. Joins them by trace. With --service it reads the log itself, with gcloud, and writes nothing. The exit code is 1 if a call was refused, and 3 if the log can not be read.',
    )
    .argument('[file]', 'a file, or - for standard input')
    .option('--service <name>', 'read the log of this service with gcloud')
    .option('--since <duration>', 'how far back to read, such as 30m, 1h or 2d', duration, '1h')
    .option('--project <id>', "the project of the log (default: gcloud's)")
    .option('--bucket <name>', 'a log bucket, if the logs are not in the default one')
    .option('--location <name>', "the bucket's location (default: global)")
    .option('--view <name>', "one of the bucket's views (default: _AllLogs)")
    .option('--limit <count>', 'the number of entries to read at most', count, 50_000)
    .option('--policy <file>', 'a policy file: it knows the accounts of the callers')
    .option('-e, --environment <name>', "one of the policy's environments")
    .option('--json', 'print an object with the groups')
    .addHelpText(
      'after',
      examples({
        'countersign why --service user-profiles --since 1h': 'the last hour of one service',
        "gcloud logging read 'httpRequest.status=403' --format=json | countersign why -":
          'a log that you choose',
      }),
    )
    .action(async (file: string | undefined, options: WhyOptions) => {
      setExitCode(await why(file, options))
    })
}

function duration(text: string): string {
  if (/^[1-9]\d{0,4}[smhdw]$/.test(text)) return text
  throw new InvalidArgumentError('Write a number and s, m, h, d or w, such as 1h.')
}

async function why(file: string | undefined, options: WhyOptions): Promise<ExitCode> {
  const known = await knownFrom(options)
  const joiner = createJoiner()
  const log = await read(file, options, joiner.add)
  if (log.entries === 0 && Object.keys(log.unreadable).length > 0) {
    throw usageFailure(
      'The input has no log entry that can be read',
      'Write what gcloud logging read --format=json prints.',
    )
  }
  const joined = joiner.join()
  const explained: Explained = {
    entries: log.entries,
    from: joined.from === Number.POSITIVE_INFINITY ? 0 : joined.from,
    to: joined.to,
    groups: groupRefusals(joined, known),
    notKnown: {
      withoutTrace: joined.calls.filter(({ hasTrace }) => !hasTrace).length,
      suppressed: joined.suppressed,
      unreadable: log.unreadable,
      isCapped: log.isCapped,
    },
  }
  print(options, { data: explained, text: describeGroups(explained) })
  return joined.calls.length === 0 ? exitCodes.ok : exitCodes.failed
}

async function knownFrom({ policy, environment }: WhyOptions) {
  if (policy === undefined) return knownServices(undefined, undefined)
  const read = await readPolicy(policy, environment)
  return knownServices(read.policy, policy)
}

async function read(
  file: string | undefined,
  { service, ...options }: WhyOptions,
  add: (entry: Entry) => void,
): Promise<ReadLog> {
  if (service === undefined) return readLog(await opened(file), add)
  if (file !== undefined) {
    throw usageFailure('A file and --service exclude each other', 'Write only one of them.')
  }
  for (const name of ['project', 'bucket', 'location', 'view'] as const) {
    if (options[name] !== undefined) checkedName(options[name], `--${name}`)
  }
  return readCloudLog({ ...options, service: checkedName(service, '--service') }, add)
}

async function opened(file: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-' || (file === undefined && !process.stdin.isTTY)) return process.stdin
  if (file === undefined) {
    throw usageFailure('No log given', 'Write a file, - for standard input, or --service NAME.')
  }
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() || found?.isFIFO()) return createReadStream(file, { highWaterMark: 1 << 20 })
  throw usageFailure(`There is no file "${redact(file)}"`, 'Write the path of a log file.')
}
