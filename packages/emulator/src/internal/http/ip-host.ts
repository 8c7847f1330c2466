import { isIPv6 } from 'node:net'

const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

/**
 * The host of a URL by which this machine reaches a server that listens on an IP address.
 *
 * @param address the address; on all of them, loopback is one
 */
export function hostOfAddress(address: string): string {
  const { hostname } = new URL(`http://${isIPv6(address) ? `[${address}]` : address}`)
  return wildcards[hostname] ?? hostname
}
