/** The client, in a process of its own: bursts of keep-alive requests as fast as they are answered. */
import { type BurstOrder, burst } from './burst.ts'

process.on('message', async (order: BurstOrder) => process.send?.(await burst(order)))
process.on('disconnect', () => process.exit())
