/** The outcome of a call, as its row in the table shows it. */
export interface Outcome {
  /** The place that refused the call; empty if it was answered. */
  stoppedBy: string
  status: number | undefined
  code: string
}

/** Finds out who sent an answer: the front door, the receiver, or the app. */
export function outcomeOf(answer: Response, service: string): Outcome {
  const { status, headers } = answer
  const code = headers.get('countersign-code')
  if (code !== null) return { stoppedBy: `verifyCaller in ${service}`, status, code }
  if (answer.ok) return { stoppedBy: '', status, code: '' }
  return { stoppedBy: `front door of ${service}`, status, code: '' }
}

/** Reads the outcome of the call that login made from login's answer. */
export async function outcomeBehindLogin(answer: Response): Promise<Outcome> {
  if (answer.ok) return outcomeOf(answer, 'login')
  const refusal = (await answer.json()) as { service: string; status?: number; code: string | null }
  return {
    stoppedBy: stopperOf(refusal),
    status: refusal.status,
    code: refusal.code ?? '',
  }
}

function stopperOf({
  service,
  status,
  code,
}: {
  service: string
  status?: number
  code: string | null
}): string {
  if (status === undefined) return `serviceFetch in ${service}`
  return code === null ? `front door of ${service}` : `verifyCaller in ${service}`
}
