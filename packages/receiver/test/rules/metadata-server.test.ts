import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { metadata } from '../../src/rules/metadata-server.ts'

test('an answer without an end is not read to its end', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('metadata-flavor', 'Google')
    const more = setInterval(() => response.write('x'.repeat(600)), 5)
    response.on('close', () => clearInterval(more))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const env = { GCE_METADATA_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  const asked = metadata('instance/region', { env, signal: AbortSignal.timeout(5000) })
  await expect(asked).rejects.toThrow('answered instance/region with a text that is not a name')
})
