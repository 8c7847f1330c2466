import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { CallPanel } from '../call/call-panel.tsx'
import { listedCalls } from '../store/following.ts'
import { filter, route } from '../store/location.ts'
import { listed } from '../store/run.ts'
import { CallsTable } from './calls-table.tsx'
import { FilterBar } from './filter-bar.tsx'
import { filterCalls } from './filter-calls.ts'
import { NoCalls, NoMatch } from './no-calls.tsx'

/** The table of calls, with the open call beside it. */
export function CallsView(): JSX.Element {
  const shown = useComputed(() => filterCalls(listedCalls.value, filter.value))
  const isOpen = route.value.call !== undefined
  const hasCalls = listed.value.length > 0
  if (!hasCalls && !isOpen) return <NoCalls />
  return (
    <div class={`calls-and-call ${isOpen ? 'open' : ''}`}>
      <section class="calls-list" aria-label="Calls">
        <FilterBar shown={shown.value.length} />
        {shown.value.length > 0 && <CallsTable calls={shown.value} />}
        {shown.value.length === 0 && (hasCalls ? <NoMatch /> : <NoCalls />)}
      </section>
      {isOpen && <CallPanel />}
    </div>
  )
}
