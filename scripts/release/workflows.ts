import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const module = 'github.com/rhysd/actionlint/cmd/actionlint'
const version = 'v1.7.12'

/** How a release is told what a machine lacks. */
export const howToGetActionlint: string = `install actionlint, or Go, which then fetches it: go install ${module}@${version}`

/** The command that runs actionlint on this machine; undefined if it has neither that nor Go. */
export async function actionlint(): Promise<string[] | undefined> {
  if (await runs('actionlint', '-version')) return ['actionlint']
  if (await runs('go', 'version')) return ['go', 'run', `${module}@${version}`]
  return undefined
}

/** Lints workflows; an error says what is wrong. */
export async function lintWorkflows([command = '', ...args]: string[], cwd: string): Promise<void> {
  await promisify(execFile)(command, [...args, '-no-color'], { cwd })
}

async function runs(command: string, ...args: string[]): Promise<boolean> {
  return promisify(execFile)(command, args).then(
    () => true,
    () => false,
  )
}
