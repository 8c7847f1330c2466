/**
 * Makes one flight of many calls: who calls while it is under way waits for the same one, and each
 * waits for so long at most. One that hangs goes on alone, and no other begins before it ends: each
 * holds one of the four threads with which the process reads all its files and looks up all its names.
 *
 * @param fly what is done; it must not reject
 * @param patienceMs what a call waits at most
 * @returns resolves with whether the flight ended in time
 */
export function patientFlight(
  fly: () => Promise<void>,
  patienceMs: number,
): () => Promise<boolean> {
  let flight: Promise<boolean> | undefined

  async function flown(): Promise<boolean> {
    await fly()
    flight = undefined
    return true
  }

  return () => {
    flight ??= flown()
    return endsWithin(flight, patienceMs)
  }
}

async function endsWithin(flight: Promise<boolean>, patienceMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
    letExit(timer)
  })
  try {
    return await Promise.race([flight, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** In jsdom a timer is a number. */
function letExit(timer: Partial<NodeJS.Timeout>): void {
  timer.unref?.()
}
