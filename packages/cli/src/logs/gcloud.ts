import { execFile } from 'node:child_process'
import { redact } from '@countersign/shared/redact'
import { parseJson } from '../command-line/options.ts'

/** What gcloud printed, or why it could not. */
export type Asked = { value: unknown } | { problem: string }

/** Runs a command of gcloud that only reads; resolves with the JSON that it prints. */
export type Gcloud = (args: readonly string[]) => Promise<Asked>

/** A day of logs of a busy service. */
const maxBytes = 256 * 1024 * 1024
const timeoutMs = 120_000

/** Runs gcloud. Arguments are never read by a shell. */
export function gcloud(args: readonly string[]): Promise<Asked> {
  const all = [...args, '--format=json', '--quiet']
  return new Promise((resolve) => {
    const options = { maxBuffer: maxBytes, timeout: timeoutMs, encoding: 'utf8' as const }
    execFile('gcloud', all, options, (error, stdout, stderr) => {
      if (error) return resolve({ problem: problemOf(error, stderr) })
      const value = parseJson(stdout.trim() === '' ? '[]' : stdout)
      resolve(value === undefined ? { problem: 'gcloud printed no JSON' } : { value })
    })
  })
}

function problemOf(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.code === 'ENOENT') return 'gcloud is not installed'
  if (error.killed) return 'gcloud took too long'
  const [first = ''] = stderr.split('\n').filter((line) => /ERROR|denied|required/.test(line))
  return redact(
    first.replace(/^ERROR:\s*\([\w.-]+\)\s*/, '') || `gcloud failed (${error.code})`,
    200,
  )
}
