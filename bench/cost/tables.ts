/** The two tables, as Markdown: docs/reference/cost.md holds what was printed last. */

export const packageHead: readonly string[] = [
  'package',
  'tarball, kB',
  'unpacked, kB',
  'installs beside it',
  'bundled',
  'code an import reads, kB',
  'import, CPU ms',
  'import, MB',
]

export const callHead: readonly string[] = ['what', 'milliseconds of CPU']

/** What the second table has a row for. */
export const measured = {
  seen: 'a decision on a token seen before',
  distinct: 'a decision on a new token (one RSA check is in it)',
  junk: 'a refusal of a token for another audience',
  call: 'a call by `serviceFetch`, its token at hand, over loopback',
  bare: 'the same call by bare `fetch`',
  firstDecision: 'a new process up to its first decision, keys at hand, over bare Node',
  firstToken: 'a new process up to its first token from the metadata server, over bare Node',
} as const

export function printMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log(line(head))
  console.log(
    `|---|${head
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
  )
  for (const row of rows) console.log(line(row))
}
