import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { callerOf, type ListedCall, receiverOf } from '../model/listed-call.ts'
import { anonymous } from '../model/parties.ts'
import { counted } from '../model/words.ts'
import { isPaused, pause, resume, waitingCalls } from '../store/following.ts'
import { clearFilter, filter, setFilter } from '../store/location.ts'
import { listed, log, recording } from '../store/run.ts'
import { isFiltering } from './filter-calls.ts'

/** Fields that filter the table, with the number of calls and the pause button. */
export function FilterBar({ shown }: { shown: number }): JSX.Element {
  const parties = useComputed(() => partiesOf(listed.value))
  const codes = useComputed(() => codesOf(listed.value))
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
      <FilterSelect
        label="Service"
        all="All services"
        value={service}
        options={parties.value}
        choose={(value) => setFilter({ service: value })}
      />
      <FilterSelect
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
      <FilterChips />
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

interface FilterSelectProps {
  label: string
  /** Label of the empty choice. */
  all: string
  value: string
  options: readonly string[]
  choose: (value: string) => void
}

/** Selects one value or none. Keeps the selected value even if no call has it any more. */
function FilterSelect({ label, all, value, options, choose }: FilterSelectProps): JSX.Element {
  const offered = value && !options.includes(value) ? [value, ...options] : options
  return (
    <select
      aria-label={label}
      class={value ? 'chosen' : undefined}
      value={value}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      <option value="">{all}</option>
      {offered.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  )
}

function partiesOf(calls: readonly ListedCall[]): readonly string[] {
  const names = new Set(calls.flatMap((call) => [callerOf(call), receiverOf(call)]))
  const sorted = [...names].filter((name) => name !== anonymous).sort()
  return names.has(anonymous) ? [...sorted, anonymous] : sorted
}

function codesOf(calls: readonly ListedCall[]): readonly string[] {
  return [...new Set(calls.map(({ code }) => code).filter((code) => code !== undefined))].sort()
}

/** The filters that a link set: an edge of the graph, or a trace. Each can be removed. */
function FilterChips(): JSX.Element {
  const { from, to, trace } = filter.value
  return (
    <>
      {from && <Chip text={`from ${from}`} off={() => setFilter({ from: '' })} />}
      {to && <Chip text={`to ${to}`} off={() => setFilter({ to: '' })} />}
      {trace && <Chip text={`trace ${trace.slice(0, 8)}…`} off={() => setFilter({ trace: '' })} />}
    </>
  )
}

function Chip({ text, off }: { text: string; off: () => void }): JSX.Element {
  return (
    <button type="button" class="chip" onClick={off} aria-label={`Remove filter: ${text}`}>
      {text} <span aria-hidden="true">×</span>
    </button>
  )
}

function countOf(shown: number): string {
  const all = counted(listed.value.length, 'call')
  const kept = log.value.forgottenCalls > 0 ? `last ${all}` : all
  return isFiltering(filter.value) ? `${shown.toLocaleString('en')} of ${kept}` : kept
}

/** Pauses and resumes the list. */
function FollowButton(): JSX.Element | null {
  if (recording.value) return null
  if (!isPaused.value) {
    return (
      <button type="button" class="button" onClick={pause}>
        Pause
      </button>
    )
  }
  const waiting = waitingCalls.value
  return (
    <button type="button" class="button primary" onClick={resume}>
      {waiting > 0 ? `Resume (${waiting.toLocaleString('en')} new)` : 'Resume'}
    </button>
  )
}
