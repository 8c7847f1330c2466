import type { CallHandled, EmulatorState, PushAttempted, PushState } from '@countersign/emulator'

/** Help for a push that was refused because of its audience. */
export interface PushAudienceHelp {
  means: string
  todo: string
  /** JSON to merge into the policy. */
  snippet: string
}

/** Returns the push of the policy whose delivery a call is; undefined if it is none. */
export function pushOf(
  call: CallHandled,
  state: EmulatorState | undefined,
  attempts: readonly PushAttempted[],
): PushState | undefined {
  const delivered = attempts.find((attempt) => attempt.call === call.id)
  const pushes = state?.pushes ?? []
  if (delivered) return pushes.find(({ name }) => name === delivered.push)
  return pushes.find((push) => push.to === call.receiver && isSignedBy(push, call))
}

/** Whether the emulator signed the token, and for the account of the push. */
function isSignedBy({ account }: PushState, { caller, layers }: CallHandled): boolean {
  if (account === undefined || caller?.account !== account) return false
  return layers.some((layer) => layer.stage === 'token' && layer.issuedHere)
}

/** What to set in the Google product, by kind of push. */
const settings: Record<PushState['kind'], string> = {
  pubsub: 'of the subscription (--push-auth-token-audience)',
  'cloud-tasks': 'of the task (oidcToken.audience)',
  'cloud-scheduler': 'of the job (--oidc-token-audience)',
  eventarc: 'of the trigger’s subscription (--push-auth-token-audience)',
}

/**
 * Explains a refused audience of a push: the emulator made the token as Google would, so that the
 * configuration of the push is wrong, not its sender.
 */
export function pushAudienceHelp(
  call: CallHandled,
  push: PushState,
  state: EmulatorState | undefined,
): PushAudienceHelp | undefined {
  if (!isAboutAudience(call)) return undefined
  const service = state?.services.find(({ name }) => name === push.to)
  const audience = service?.url ?? service?.audiences[0]
  if (audience === undefined) return undefined
  const means =
    push.audience === undefined
      ? `The push ${push.name} has no audience, so that the token is for the whole URL, as Google’s is.`
      : `The token is for the audience of the push ${push.name}, which ${push.to} does not have.`
  return {
    means: `${means} The emulator made this token itself.`,
    todo: `Set audience of the push ${push.name} in the policy, and the audience ${settings[push.kind]}.`,
    snippet: `${JSON.stringify({ pushes: { [push.name]: { audience } } }, null, 2)}\n`,
  }
}

function isAboutAudience({ code, layers }: CallHandled): boolean {
  if (code === 'audience_mismatch') return true
  const verdict = layers.find((layer) => layer.stage === 'front-door')
  return code === 'token_invalid' && verdict?.claim === 'aud'
}
