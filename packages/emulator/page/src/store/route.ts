/** The views, in the order of the links. */
const views = ['calls', 'graph', 'pushes', 'drills', 'inspector'] as const

/** Name of a view. */
export type View = (typeof views)[number]

/** The state in the URL of the page. */
export interface Route {
  view: View
  /** Id of the open call. */
  call?: number | undefined
  filter: CallFilter
  /** Whether the graph shows all services, whatever their number. */
  wholeGraph: boolean
}

/** Conditions for calls in the table. An empty text is not a condition. */
export interface CallFilter {
  /** Name of the caller or the receiver. */
  service: string
  from: string
  to: string
  code: string
  trace: string
  /** Every word must occur in the row of the call, in upper or lower case. */
  text: string
  /** Only calls that were refused or failed. */
  problemsOnly: boolean
}

/** Matches all calls. */
export const noFilter: CallFilter = {
  service: '',
  from: '',
  to: '',
  code: '',
  trace: '',
  text: '',
  problemsOnly: false,
}

const texts = ['service', 'from', 'to', 'code', 'trace', 'text'] as const

/** Reads the query of the page's URL; ignores invalid values. */
export function parseRoute(search: string): Route {
  const query = new URLSearchParams(search)
  const call = query.get('call') ?? ''
  const said = Object.fromEntries(texts.map((name) => [name, query.get(name) ?? '']))
  return {
    view: views.find((view) => view === query.get('view')) ?? 'calls',
    call: /^\d{1,15}$/.test(call) ? Number(call) : undefined,
    filter: { ...noFilter, ...said, problemsOnly: query.get('refused') === '1' },
    wholeGraph: query.get('graph') === 'all',
  }
}

/** Writes the query of the page's URL; the inverse of {@link parseRoute}. */
export function searchOf({ view, call, filter, wholeGraph }: Route): string {
  const query = new URLSearchParams()
  if (view !== 'calls') query.set('view', view)
  for (const name of texts) if (filter[name]) query.set(name, filter[name])
  if (filter.problemsOnly) query.set('refused', '1')
  if (wholeGraph) query.set('graph', 'all')
  if (call !== undefined) query.set('call', String(call))
  const text = query.toString()
  return text && `?${text}`
}
