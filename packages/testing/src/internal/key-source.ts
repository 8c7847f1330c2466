import type { KeySource } from '@countersign/receiver'
import type { IssuerKey } from './issuer-key.ts'

/** The key source of one key, which is at hand already. */
export function keySource({ kid, publicKey }: IssuerKey): KeySource {
  return {
    key: (name) => (name === kid ? publicKey : undefined),
    ready: async () => {},
    health: () => ({ kids: [kid] }),
  }
}
