/** Prints what this process has used up since it began. JavaScript, so that no types are stripped. */
export function report() {
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ cpu: (user + system) / 1000, memory: process.memoryUsage.rss() }))
}
