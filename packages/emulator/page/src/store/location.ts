import { computed, signal } from '@preact/signals'
import { type CallFilter, noFilter, parseRoute, type Route, searchOf } from './route.ts'

/** What the page's URL says; the back button moves it too. */
export const route = signal<Route>(parseRoute(location.search))

/** Which calls are shown. */
export const filter = computed(() => route.value.filter)

addEventListener('popstate', () => {
  route.value = parseRoute(location.search)
})

/**
 * Shows something else; the back button leads back.
 *
 * @param change what is to differ
 */
export function go(change: Partial<Route>): void {
  move(change, (url) => history.pushState(null, '', url))
}

/**
 * Shows other calls. Typing leaves no trail of steps for the back button.
 *
 * @param change what is to differ
 */
export function setFilter(change: Partial<CallFilter>): void {
  const next = { ...route.value.filter, ...change }
  move({ filter: next }, (url) => history.replaceState(null, '', url))
}

/** Shows all calls. */
export function clearFilter(): void {
  setFilter(noFilter)
}

/**
 * The link to something else.
 *
 * @param change what is to differ
 */
export function hrefTo(change: Partial<Route>): string {
  return searchOf({ ...route.value, ...change }) || '?'
}

function move(change: Partial<Route>, write: (url: string) => void): void {
  const next = { ...route.value, ...change }
  route.value = next
  write(location.pathname + searchOf(next))
}

/**
 * Another call in the place of the open one, without a step for the back button.
 *
 * @param call its id; undefined: none
 */
export function switchCall(call: number | undefined): void {
  move({ call }, (url) => history.replaceState(null, '', url))
}
