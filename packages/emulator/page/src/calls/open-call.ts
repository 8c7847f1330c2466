import { go, route, switchCall } from '../store/location.ts'

/**
 * Opens a call, or another one in its place: then the back button closes it at once.
 *
 * @param id the call's
 */
export function openCall(id: number): void {
  if (route.value.call === undefined) go({ call: id })
  else switchCall(id)
}
