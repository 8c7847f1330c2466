/** What `pnpm interop` prints: a row of a table in Markdown for each client. */
export interface Report {
  /** Notes what came of something: the cell of a client in a column. */
  note(client: string, column: string, result: string): void
  /** The rows of clients that were tried, with the head above. */
  lines(): string[]
}

const columns = ['metadata', 'key', 'impersonation', 'sample', 'verifier'] as const
const head = [
  '| client | metadata server | key file | impersonation | Google’s sample | its verifier |',
  '|---|---|---|---|---|---|',
]

/** A report in the order of these clients. */
export function createReport(clients: readonly string[]): Report {
  const cells = new Map(clients.map((client) => [client, new Map<string, string>()]))
  return {
    note: (client, column, result) => void cells.get(client)?.set(column, result),
    lines: () => {
      const tried = [...cells].filter(([, row]) => row.size > 0)
      const rows = tried.map(([client, row]) => {
        return `| ${[client, ...columns.map((column) => row.get(column) ?? '-')].join(' | ')} |`
      })
      return [...head, ...rows]
    },
  }
}
