/**
 * Reads the results that Vitest wrote as JSON, and fails on a skip that `test/skips.ts` has no reason for.
 * It lists the reasons that no test was skipped for, too.
 */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type Need, needOf, needs, type Skipped } from '../test/skips.ts'

interface Results {
  testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[]
}

const skipped = process.argv.slice(2).flatMap(skippedIn)
const counts = new Map<Need, number>()
const unlisted = skipped.filter((test) => {
  const need = needOf(test)
  if (need) counts.set(need, (counts.get(need) ?? 0) + 1)
  return need?.mayLack === undefined
})

for (const [{ what, mayLack }, count] of counts) {
  if (mayLack) console.log(`${count} skipped without ${what}: ${mayLack}`)
}
for (const need of needs) if (!counts.has(need)) console.log(`nothing skipped: ${need.tests}`)
for (const { file, title } of unlisted) {
  console.log(`SKIPPED: ${file}: ${title}: test/skips.ts has no reason for it`)
}
process.exitCode = unlisted.length === 0 ? 0 : 1

function skippedIn(path: string): Skipped[] {
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Results
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => ({ file: relative(process.cwd(), name), title: fullName })),
  )
}
