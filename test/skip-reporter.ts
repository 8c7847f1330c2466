import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { needOf } from './skips.ts'

/** Says at the end of a run, a line each, what was skipped, what it needs, and how to get that. */
export function createSkipReporter(): Reporter {
  let isFiltered = false
  return {
    onInit({ config }) {
      // Then most tests are skipped since nobody asked for them.
      isFiltered = config.testNamePattern !== undefined
    },
    onTestRunEnd(modules) {
      if (isFiltered) return
      for (const [line, count] of countLines(modules)) console.log(`${count} skipped ${line}`)
    },
  }
}

function countLines(modules: readonly TestModule[]): Map<string, number> {
  const lines = new Map<string, number>()
  for (const { moduleId, children } of modules) {
    const file = relative(process.cwd(), moduleId)
    for (const test of children.allTests('skipped')) {
      const need = needOf({ file, title: test.fullName })
      const line = need ? `without ${need.what}: ${need.get}` : `in ${file}: ${test.fullName}`
      lines.set(line, (lines.get(line) ?? 0) + 1)
    }
  }
  return lines
}
