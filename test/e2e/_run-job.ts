import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Target } from '@countersign/caller'
import type { JobReport } from './_job.ts'

/** A job that has ended. */
export interface EndedJob extends JobReport {
  exitCode: number
  /** How long it went on after it was done, in milliseconds. */
  lingeredMs: number
}

/** Runs a job to its end, in a process with this environment beside the machine's own. */
export async function runJob(target: Target, env: Record<string, string>): Promise<EndedJob> {
  const job = fileURLToPath(new URL('_job.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@countersign/source', job], {
    env: { ...process.env, ...env, JOB_TARGET: JSON.stringify(target) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  const [exitCode] = (await once(child, 'exit')) as [number]
  const endedAt = Date.now()
  const report: JobReport = JSON.parse((await output).trim().split('\n').at(-1) ?? '')
  return { ...report, exitCode, lingeredMs: endedAt - report.doneAt }
}
