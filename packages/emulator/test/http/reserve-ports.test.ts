import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { listen, reservePorts } from '../../src/http/listen.ts'

test('reserved ports differ, are taken until released, and free then', async () => {
  const { ports, release } = await reservePorts(20)
  expect(new Set(ports).size).toBe(20)
  await expect(listen(createServer(), ports[0])).rejects.toThrow('EADDRINUSE')
  await release()
  const app = await listen(createServer(), ports[0])
  await app.close()
})
