/** Takes the named steps, and prints what the process has used up since it began. */
import { steps } from './steps.mjs'

for (const name of process.argv.slice(2)) await steps[name]()
const { user, system } = process.cpuUsage()
const memory = process.memoryUsage.rss()
// On a line of its own: a step may have printed something.
console.log(`\n${JSON.stringify({ cpu: (user + system) / 1000, memory: memory / 2 ** 20 })}`)
process.exit()
