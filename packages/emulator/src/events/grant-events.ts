import type { AccessChanged, Grant, GrantChanged, GrantSource, ServiceAccess } from '../events.ts'
import type { EventLog } from './event-log.ts'
import { withoutSecrets } from './redact.ts'

/** The events of allow policies and of the settings beside them. */
export interface GrantEvents {
  /** Records a grant that was made or revoked. */
  noteGrant(change: GrantChanged['change'], grant: Grant, changedBy: GrantSource): void
  /** Records the new settings of a service. */
  noteAccess(service: string, access: ServiceAccess): void
}

/**
 * Creates the events of a log.
 *
 * @param now milliseconds since the epoch
 */
export function createGrantEvents(events: EventLog, now: () => number): GrantEvents {
  return {
    noteGrant: (change, grant, changedBy) => {
      const shown = shownGrant(grant)
      events.add<GrantChanged>({ type: 'grant', at: now(), change, grant: shown, changedBy })
    },
    noteAccess: (service, access) => {
      events.add<AccessChanged>({ type: 'access', at: now(), service, access })
    },
  }
}

const maxLength = 500

/** A grant for an event: whoever wrote the allow policy chose the texts. */
export function shownGrant({ condition, ...grant }: Grant): Grant {
  const { title = '', expression = '', description } = condition ?? {}
  return {
    ...grant,
    role: shown(grant.role),
    member: shown(grant.member),
    ...(condition && {
      condition: {
        title: shown(title),
        expression: shown(expression),
        ...(description !== undefined && { description: shown(description) }),
      },
    }),
  }
}

function shown(text: string): string {
  return withoutSecrets(text, maxLength)
}
