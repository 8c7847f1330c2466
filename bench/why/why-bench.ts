import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** A day's log of 50,000 lines: `countersign why` beside `JSON.parse` of the same file. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  try {
    const file = join(folder, 'log.json')
    await writeFile(file, log(50_000))
    const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
    const parse = `JSON.parse(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`
    const rows = {
      'node alone': await usageOf(['-e', '0']),
      'countersign --version': await usageOf([main, '--version']),
      'countersign why FILE': await usageOf([main, 'why', file, '--json']),
      'JSON.parse of FILE': await usageOf(['-e', parse]),
    }
    console.table(rows)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Usage {
  'cpu s': number
  'wall s': number
  'MB at most': number
}

async function usageOf(args: readonly string[]): Promise<Usage> {
  const usage = new URL('usage.mjs', import.meta.url).href
  const options = ['--conditions=@countersign/source', '--import', usage, ...args]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  const [used] = await Promise.all([json(child.stdio[3] as Readable), once(child, 'close')])
  const { cpuMs, wallMs, maxMb } = used as { cpuMs: number; wallMs: number; maxMb: number }
  return {
    'cpu s': rounded(cpuMs / 1000),
    'wall s': rounded(wallMs / 1000),
    'MB at most': Math.round(maxMb),
  }
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(2))
}

/** As gcloud prints it, newest first: two services in each trace, and an hour in which one is refused. */
function log(lines: number): string {
  const start = Date.parse('2026-11-27T00:00:00Z')
  const entries = Array.from({ length: lines / 2 }, (_, call) => {
    const isRefused = call > lines / 4 && call < lines / 4 + 1_000
    const at = { call, timestamp: new Date(start + call * 3_400).toISOString() }
    return [
      entry({ ...at, service: 'login', status: isRefused ? 500 : 200 }),
      entry({ ...at, service: 'user-profiles', status: isRefused ? 403 : 200 }),
    ]
  })
  return JSON.stringify(entries.flat().toReversed(), null, 2)
}

interface Line {
  call: number
  timestamp: string
  service: string
  status: number
}

function entry({ call, timestamp, service, status }: Line): object {
  const id = ((call * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')
  const words =
    'The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. Read more at https://cloud.google.com/run/docs/securing/authenticating'
  return {
    insertId: `${id}${service}`,
    logName: 'projects/acme/logs/run.googleapis.com%2Frequests',
    severity: status < 400 ? 'INFO' : 'WARNING',
    ...(status === 403 && { textPayload: words }),
    httpRequest: {
      requestMethod: 'GET',
      requestUrl: `https://${service}-123.us-central1.run.app/profiles/${call}`,
      requestSize: '738',
      status,
      responseSize: '244',
      userAgent: 'node',
      remoteIp: '10.1.2.3',
      serverIp: '10.9.9.9',
      latency: '0.004300310s',
      protocol: 'HTTP/1.1',
    },
    resource: {
      type: 'cloud_run_revision',
      labels: {
        project_id: 'acme',
        service_name: service,
        revision_name: `${service}-00001-abc`,
        configuration_name: service,
        location: 'us-central1',
      },
    },
    labels: { instanceId: `00f46b9285${id.repeat(4)}` },
    timestamp,
    receiveTimestamp: timestamp,
    trace: `projects/acme/traces/${id.repeat(4)}`,
    spanId: id.repeat(2),
    traceSampled: true,
  }
}
