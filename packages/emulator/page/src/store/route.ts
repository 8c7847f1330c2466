/** What can fill the page, in the order of the links. */
const views = ['calls', 'graph', 'pushes', 'drills', 'inspector'] as const

/** What fills the page. */
export type View = (typeof views)[number]

/** All that the page's URL says. */
export interface Route {
  view: View
  /** The call that is open. */
  call?: number | undefined
  filter: CallFilter
  /** The graph shows every service, however many there are. */
  wholeGraph: boolean
}

/** Which calls are shown. An empty text asks for nothing. */
export interface CallFilter {
  /** Called or was called. */
  service: string
  from: string
  to: string
  code: string
  trace: string
  /** Every word of it occurs somewhere in the call's line, in any case. */
  text: string
  /** Refused or failed. */
  problemsOnly: boolean
}

/** All calls. */
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

/**
 * Reads the query of the page's URL; what makes no sense is left out.
 *
 * @param search such as `?view=calls&refused=1&call=12`
 */
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

/**
 * The query of the page's URL; the opposite of {@link parseRoute}.
 *
 * @param route what the page shows
 */
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
