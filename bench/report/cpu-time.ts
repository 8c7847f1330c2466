/**
 * Microseconds of CPU that this process has used so far, on all of its threads. Not the time on the
 * wall: on a shared machine that counts the neighbours too, and a second core hides what a thread
 * pool costs.
 */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
