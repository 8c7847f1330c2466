import { computed, signal } from '@preact/signals'
import { type CallFilter, noFilter, parseRoute, type Route, searchOf } from './route.ts'

/** The state in the URL of the page; the back button changes it too. */
export const route = signal<Route>(parseRoute(location.search))

/** The current filter of calls. */
export const filter = computed(() => route.value.filter)

addEventListener('popstate', () => {
  route.value = parseRoute(location.search)
})

/** Changes the URL, with a new history entry. */
export function go(change: Partial<Route>): void {
  move(change, (url) => history.pushState(null, '', url))
}

/** Changes the filter without a new history entry, since every typed letter changes it. */
export function setFilter(change: Partial<CallFilter>): void {
  const next = { ...route.value.filter, ...change }
  move({ filter: next }, (url) => history.replaceState(null, '', url))
}

/** Removes the filter. */
export function clearFilter(): void {
  setFilter(noFilter)
}

/** Link to the current URL with a change. */
export function hrefTo(change: Partial<Route>): string {
  return searchOf({ ...route.value, ...change }) || '?'
}

function move(change: Partial<Route>, write: (url: string) => void): void {
  const next = { ...route.value, ...change }
  route.value = next
  write(location.pathname + searchOf(next))
}

/**
 * Replaces the open call, without a new history entry.
 *
 * @param call id of the call; undefined: closes it
 */
export function switchCall(call: number | undefined): void {
  move({ call }, (url) => history.replaceState(null, '', url))
}
