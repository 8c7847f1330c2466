/** One server in a process of its own: tells its port, and its CPU time whenever asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpuMicroseconds } from '../report/cpu-time.ts'
import { appOf } from './apps/apps.ts'
import { settingOf } from './setting.ts'

const server = createServer(appOf(settingOf(process.argv[2])))
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => process.send?.({ cpu: cpuMicroseconds() }))
process.on('disconnect', () => process.exit())
