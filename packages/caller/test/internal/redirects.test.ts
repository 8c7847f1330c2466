import { createServiceFetch, isTargetNotAllowedError } from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { startServer } from '../_server.ts'
import { createIdentity } from '../_tokens.ts'

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i to a stranger carries no token there',
    async (status) => {
      await using stranger = await startServer((_seen, _request, response) => response.end())
      await using server = await startServer((_seen, _request, response) => {
        response.writeHead(status, { location: `${stranger.url}/trap` }).end()
      })
      const serviceFetch = createServiceFetch({
        targets: [{ url: server.url, headers: ['authorization', 'x-serverless-authorization'] }],
        identity: createIdentity(),
      })
      for (const method of ['GET', 'POST']) {
        const call = serviceFetch(server.url, { method })
        await expect(call).rejects.toMatchObject({ code: 'redirect_refused' })
        await expect(call).rejects.toSatisfy(isTargetNotAllowedError)
      }
      expect(server.requests).toHaveLength(2)
      expect(stranger.requests).toHaveLength(0)
    },
  )
})
