/**
 * Where a command works: in a network of containers the emulator goes by a name that this machine
 * may not know.
 *
 * @param emulator the emulator's base URL
 * @param pageHost the host name by which this page reaches it; empty: unknown
 * @returns nothing to note where it works here
 */
export function networkNotes(emulator: string, pageHost: string): readonly string[] {
  const { hostname } = new URL(emulator)
  const isKnown = hostname === pageHost || /^(localhost|127\..*|\[::1\])$/.test(hostname)
  return isKnown || pageHost === '' ? [] : [`where the host name ${hostname} is known`]
}
