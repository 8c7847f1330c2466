import type { PushSender } from '../policy.ts'
import type { PolicyFile } from '../policy-file.ts'

/** The push senders of a file; what it leaves out is undefined. */
export function resolvePushes({ pushes = {} }: PolicyFile): ReadonlyMap<string, PushSender> {
  return new Map(
    Object.entries(pushes).map(([name, entry]) => {
      const { kind, serviceAccount, subject, audience, to, path } = entry
      const { sharesAccount = false, methods = ['POST'] } = entry
      const account = { serviceAccount, subject, sharesAccount }
      return [name, { name, kind, ...account, audience, to, path, methods }]
    }),
  )
}
