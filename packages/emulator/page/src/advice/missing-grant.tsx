import type { CallHandled, Grant, MissingGrant } from '@countersign/emulator'
import type { JSX } from 'preact'
import { changeOfMissing, memberName } from '../model/grants.ts'
import { timeOfDay } from '../model/words.ts'
import { CopyButton, Link } from '../parts/controls.tsx'
import { Breakable } from '../parts/texts.tsx'
import { noFilter } from '../store/route.ts'
import { canAct, log } from '../store/run.ts'

/** The variables that lead gcloud to the emulator. */
const gcloudEnvironment = 'eval "$(npx countersign env --for gcloud)"'

/** The grant that a refused caller lacked, and the command that makes it. */
export function MissingGrantAdvice({ call }: { call: CallHandled }): JSX.Element | null {
  const missing = missingOf(call)
  if (!missing) return null
  const { role, member, service, command, instead } = missing
  return (
    <div class="missing-grant">
      <p>
        <strong>Missing:</strong> <code>{role}</code> for{' '}
        <bdi>
          <Breakable text={memberName(member)} />
        </bdi>{' '}
        on {service}. <LastChange missing={missing} call={call} />{' '}
        <Link to={{ view: 'graph', call: undefined, filter: { ...noFilter, to: service } }}>
          All grants of {service}
        </Link>
      </p>
      {instead && <p>{insteadText(instead)}</p>}
      {canAct.value && <GrantCommand command={command} />}
    </div>
  )
}

function missingOf({ layers }: CallHandled): MissingGrant | undefined {
  const decision = layers.findLast(({ stage }) => stage === 'front-door')
  return decision?.stage === 'front-door' ? decision.missing : undefined
}

interface LastChangeProps {
  missing: MissingGrant
  call: CallHandled
}

/** Who took the grant away before the call, or made it since. */
function LastChange({ missing, call }: LastChangeProps): JSX.Element | null {
  const last = changeOfMissing(missing, log.value.grants)
  if (!last) return null
  const { change, changedBy, at, id, grant } = last
  const by = changedBy === 'policy-file' ? 'the policy file' : changedBy
  if (change === 'revoked')
    return (
      <>
        It was revoked by {by} at {timeOfDay(at)}.
      </>
    )
  if (id < call.id || grant.invokes !== 'yes') return null
  return (
    <>
      It was granted by {by} at {timeOfDay(at)}, after this call: replay the call.
    </>
  )
}

function insteadText({ role, on, why }: Grant): string {
  const where = on.type === 'service' ? '' : ` on ${on.type} ${on.id}`
  return `The caller has ${role}${where}, but it does not count${why ? `: ${why}` : ''}.`
}

/** Without its variables, gcloud would change the service in Google Cloud. */
function GrantCommand({ command }: { command: string }): JSX.Element {
  return (
    <>
      <div class="snippet">
        <p>
          To grant it in this emulator, until it stops, first once in each shell (without this line,
          gcloud changes the service in Google Cloud):
        </p>
        <CopyButton text={gcloudEnvironment}>Copy line</CopyButton>
        <pre>
          <code>{gcloudEnvironment}</code>
        </pre>
      </div>
      <div class="snippet">
        <p>Then the grant itself:</p>
        <CopyButton text={command}>Copy command</CopyButton>
        <pre>
          <code>{command}</code>
        </pre>
      </div>
    </>
  )
}
