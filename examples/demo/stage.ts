import type { Emulator } from '@countersign/emulator'
import type { Policy } from '@countersign/policy'

/** The parts that the calls need. */
export interface Stage {
  emulator: Emulator
  policy: Policy
  policyFile: URL
}

/** The `aud` of tokens for a service: its production URL, also with the emulator. */
export function audienceOf({ policy }: Stage, service: string): string {
  return policy.services.get(service)?.url ?? ''
}

/** Calls login at its front door, as the website, which may call it. */
export async function callLogin(stage: Stage, method: string, path: string): Promise<Response> {
  const token = await stage.emulator.idToken('website', audienceOf(stage, 'login'))
  const headers = { authorization: `Bearer ${token}` }
  return fetch(stage.emulator.frontDoor('login') + path, { method, headers })
}
