import type { Emulator } from '@countersign/emulator'
import type { Policy } from '@countersign/policy'
import { asFailure } from '../command-line/failure.ts'
import { followPolicyFile } from '../policy/follow-policy.ts'
import { pushAudienceWarnings } from '../policy/warnings.ts'
import { withoutOthers } from './dev-services.ts'
import { refusalOf } from './refusal.ts'

interface Reported {
  /** The whole policy, as it was at the start. */
  policy: Policy
  file: string
  /** The name of the service that runs here alone. */
  only?: string | undefined
  onNews: (news: string) => void
}

/**
 * Reports what happens in an emulator: refused calls, and edits of its policy, which count at once. First
 * the pushes that IAM would refuse.
 *
 * @returns ends the reports of edits; those of calls end with the emulator
 */
export function reportNews(emulator: Emulator, reported: Reported): Disposable {
  const { policy, file, onNews } = reported
  warnOfPushes(policy, reported)
  void reportRefusals(emulator, onNews)
  const { digest, environment } = policy
  return followPolicyFile(file, digest, {
    environment,
    onPolicy: (edited) => follow(emulator, edited, reported),
    onError: (error) => onNews(`the edited policy does not count: ${inOneLine(error)}`),
  })
}

function warnOfPushes(policy: Policy, { only, onNews }: Reported): void {
  for (const warning of pushAudienceWarnings([hereOf(policy, only)])) onNews(`warning: ${warning}`)
}

function hereOf(policy: Policy, only: string | undefined): Policy {
  return only === undefined ? policy : withoutOthers(policy, only)
}

async function reportRefusals(emulator: Emulator, onNews: (news: string) => void): Promise<void> {
  for await (const event of emulator.events) {
    const refusal = refusalOf(event, emulator.url)
    if (refusal) onNews(refusal.text)
  }
}

const counts =
  'the policy was edited: it counts now at the front doors and on the page. A service that read it with loadPolicy keeps the old one until it restarts; watchPolicy follows'

function follow(emulator: Emulator, edited: Policy, reported: Reported): void {
  const { only, onNews } = reported
  const needsRestart = emulator.setPolicy(hereOf(edited, only))
  onNews(counts)
  if (needsRestart.length > 0) {
    onNews(`counts only after a restart of this command: ${needsRestart.join(', ')}`)
  }
  warnOfPushes(edited, reported)
}

/** An error with its hint, in one line if it is short. */
export function inOneLine(error: unknown): string {
  const { message, hint } = asFailure(error)
  return hint === undefined ? message : `${message}. ${hint}`
}
