import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { isFiltering } from '../model/call-filter.ts'
import { anonymous, callerName } from '../model/parties.ts'
import { counted } from '../model/words.ts'
import { clearFilter, filter, setFilter } from '../store/location.ts'
import { log } from '../store/run.ts'
import { Choice } from './choice.tsx'
import { FollowButton } from './follow-button.tsx'
import { Narrowed } from './narrowed.tsx'

/** Which calls are shown. */
export function FilterBar({ shown }: { shown: number }): JSX.Element {
  const parties = useComputed(() => partiesOf(log.value.calls))
  const codes = useComputed(() => codesOf(log.value.calls))
  const { text, service, code, problemsOnly } = filter.value
  return (
    <search class="filter-bar">
      <input
        type="search"
        class="filter-text"
        aria-label="Filter calls"
        placeholder="Path, service, account, status"
        value={text}
        onInput={({ currentTarget }) => setFilter({ text: currentTarget.value })}
      />
      <Choice
        label="Service"
        all="All services"
        value={service}
        options={parties.value}
        choose={(value) => setFilter({ service: value })}
      />
      <Choice
        label="Code"
        all="All codes"
        value={code}
        options={codes.value}
        choose={(value) => setFilter({ code: value })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={problemsOnly}
          onChange={({ currentTarget }) => setFilter({ problemsOnly: currentTarget.checked })}
        />
        Refused or failed
      </label>
      <Narrowed />
      {isFiltering(filter.value) && (
        <button type="button" class="button quiet" onClick={clearFilter}>
          Clear
        </button>
      )}
      <div class="filter-end">
        <span class="filter-count">{countOf(shown)}</span>
        <FollowButton />
      </div>
    </search>
  )
}

function countOf(shown: number): string {
  const { calls, forgottenCalls } = log.value
  const all = counted(calls.length, 'call')
  const kept = forgottenCalls > 0 ? `last ${all}` : all
  return isFiltering(filter.value) ? `${shown.toLocaleString('en')} of ${kept}` : kept
}

function partiesOf(calls: typeof log.value.calls): readonly string[] {
  const names = new Set(calls.flatMap((call) => [callerName(call.caller), call.receiver]))
  const sorted = [...names].filter((name) => name !== anonymous).sort()
  return names.has(anonymous) ? [...sorted, anonymous] : sorted
}

function codesOf(calls: typeof log.value.calls): readonly string[] {
  return [...new Set(calls.map(({ code }) => code).filter((code) => code !== undefined))].sort()
}
