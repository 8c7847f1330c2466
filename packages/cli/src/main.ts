#!/usr/bin/env node
// An older Node must be able to read this file: everything else is imported after the check.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 12)) {
  const { run } = await import('./run.ts')
  process.exitCode = await run(process.argv.slice(2))
} else {
  process.stderr.write(
    `error: countersign needs Node 22.12 or newer, but this is Node ${process.versions.node}: install it from https://nodejs.org\n`,
  )
  process.exitCode = 2
}
