import type { CallHandled, EmulatorState, Layer } from '@countersign/emulator'

/** What came, and what would have passed. */
export interface Mismatch {
  /** The claim it is about. */
  readonly claim: string
  readonly got: string
  readonly expected: readonly string[]
}

/**
 * What did not match in a refused call. The front door says it itself; for an audience that a
 * receiver refused, the token is held against the audiences that the policy gives the service.
 *
 * @param call the call
 * @param state what the emulator is made of
 */
export function mismatchOf(
  call: CallHandled,
  state: EmulatorState | undefined,
): Mismatch | undefined {
  return byFrontDoor(call) ?? byReceiver(call, state)
}

function byFrontDoor({ layers }: CallHandled): Mismatch | undefined {
  const verdict = layers.find((layer) => layer.stage === 'front-door')
  if (verdict?.got === undefined || !verdict.expected) return undefined
  return { claim: verdict.claim ?? 'claim', got: verdict.got, expected: verdict.expected }
}

function byReceiver(call: CallHandled, state: EmulatorState | undefined): Mismatch | undefined {
  if (call.code !== 'audience_mismatch') return undefined
  const audience = tokenForApp(call.layers)?.claims.aud
  const service = state?.services.find(({ name }) => name === call.receiver)
  if (typeof audience !== 'string' || !service) return undefined
  return { claim: 'aud', got: audience, expected: service.audiences }
}

/** Apps read `Authorization`, front doors the other one first. */
function tokenForApp(layers: readonly Layer[]): Extract<Layer, { stage: 'token' }> | undefined {
  const tokens = layers.filter((layer) => layer.stage === 'token')
  return tokens.find(({ header }) => header === 'authorization') ?? tokens[0]
}
