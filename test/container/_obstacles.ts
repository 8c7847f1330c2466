import { execFileSync } from 'node:child_process'
import { test } from 'vitest'
import { whyNoNetwork } from './_network.ts'

/** Set in CI: on a root Linux machine what is in the way is a failure then, not a skip. */
const { INTEROP_REQUIRED: isRequired } = process.env

/**
 * Why tests of containers have to be skipped here, which is said; undefined where they needn't be. In CI
 * there is a test instead that fails.
 *
 * @param what they are of
 */
export function skipReason(what: string): string | undefined {
  const obstacle = whyNoNetwork() ?? whyNoRoots()
  if (obstacle === undefined) return undefined
  console.log(`skipped: ${what}: ${obstacle}`)
  if (isRequired && isRootOnLinux()) {
    test(`${what} can be tried here`, () => {
      throw new Error(obstacle)
    })
  }
  return obstacle
}

function isRootOnLinux(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

/** Whether roots can be made of layers. */
function whyNoRoots(): string | undefined {
  const script = `
    mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir a b upper work root &&
    mount -t overlay overlay -o lowerdir=a:b,upperdir=upper,workdir=work root && command -v chroot`
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', script], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `roots of layers can't be made here: ${error}`
  }
}
