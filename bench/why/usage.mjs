import { writeSync } from 'node:fs'

// Loaded before a subject: what the process used, once it has ended.
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpuMs = (userCPUTime + systemCPUTime) / 1000
  writeSync(3, JSON.stringify({ maxMb: maxRSS / 1024, cpuMs, wallMs: performance.now() }))
})
