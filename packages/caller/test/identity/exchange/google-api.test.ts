import { describe, expect, test, vi } from 'vitest'
import { postToGoogle } from '../../../src/identity/exchange/google-api.ts'
import { startServer } from '../../_server.ts'

function callTo(url: string) {
  return {
    url: new URL('/v1/x', url),
    body: { a: 1 },
    authorization: 'Bearer ya29.x',
    hint: 'Do this.',
  }
}

describe("a call to one of Google's APIs", () => {
  test('sends JSON, and reads JSON', async () => {
    await using google = await startServer((_seen, _request, response) => response.end('{"b":2}'))
    expect(await postToGoogle(callTo(google.url), {})).toEqual({ b: 2 })
    expect(google.requests[0]).toMatchObject({
      method: 'POST',
      url: '/v1/x',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ya29.x' },
    })
  })

  test('is made again where the answer is 429 or 5xx', async () => {
    let count = 0
    await using google = await startServer((_seen, _request, response) => {
      response.writeHead([429, 503, 200][count++] ?? 500).end('{}')
    })
    await postToGoogle(callTo(google.url), {})
    expect(google.requests).toHaveLength(3)
  })

  test.each([
    [
      400,
      '{"error":"invalid_grant","error_description":"Bad"}',
      ': invalid_grant, Bad',
      /^Do this/,
    ],
    [403, '{"error":{"message":"Denied"}}', ': Denied', /^Do this/],
    [404, '{"error":{"code":404}}', '', /^Do this/],
    [401, '{"error":7}', '', /^Do this/],
    [400, '', '', /proxy/],
    [403, '<html>Blocked</html>', '', /proxy/],
    [200, '[]', '', /proxy/],
    [200, 'x'.repeat(10), '', /proxy/],
    [429, '{"error":{"message":"Quota"}}', ': Quota', /Too many requests/],
    [503, '{"error":{"message":"Busy"}}', ': Busy', /Try again later/],
  ])('says what was wrong with %i %s', { timeout: 9_000 }, async (status, body, reason, hint) => {
    const fetch = async (): Promise<Response> => new Response(body || null, { status })
    await expect(postToGoogle(callTo('https://x.googleapis.com'), { fetch })).rejects.toMatchObject(
      {
        code: 'identity_unavailable',
        message: `x.googleapis.com answered ${status}${reason}`,
        hint: expect.stringMatching(hint),
      },
    )
  })

  test.each([
    ['The x.googleapis.com API requires a quota project', 'set-quota-project'],
    ['X has not been used in project 764086051850 before or it is disabled.', 'set-quota-project'],
    ['Caller does not have required permission to use project acme.', 'serviceUsageConsumer'],
    ['X API has not been used in project 1 before', 'services enable x.googleapis.com'],
    ['This API method requires billing to be enabled.', 'Enable billing'],
    ['Project #1 has been deleted.', 'projects describe'],
    ["Request is prohibited by organization's policy.", 'its administrators'],
    ['User Rate Limit Exceeded', 'Too many requests'],
    ['billing-run@acme.iam.gserviceaccount.com, quota-run@organization.example', 'Do this'],
  ])('says what to do about a 403: %s', async (message, hint) => {
    const body = JSON.stringify({ error: { message } })
    const fetch = async (): Promise<Response> => new Response(body, { status: 403 })
    await expect(postToGoogle(callTo('https://x.googleapis.com'), { fetch })).rejects.toMatchObject(
      { hint: expect.stringContaining(hint) },
    )
  })

  test.each([
    [[{ reason: 'SERVICE_DISABLED' }], 'services enable'],
    [[{ '@type': 'x' }, { reason: 'CONSUMER_SUSPENDED' }], 'projects describe'],
    [[null, 'x'], 'Do this'],
    [{}, 'Do this'],
  ])('reads the codes in the details %j, and does not show them', async (details, hint) => {
    const body = JSON.stringify({ error: { message: 'No.', status: 'PERMISSION_DENIED', details } })
    const fetch = async (): Promise<Response> => new Response(body, { status: 403 })
    await expect(postToGoogle(callTo('https://x.googleapis.com'), { fetch })).rejects.toMatchObject(
      { message: 'x.googleapis.com answered 403: No.', hint: expect.stringContaining(hint) },
    )
  })

  test.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND x.googleapis.com', 'DNS does not know x.googleapis.com'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN x.googleapis.com', 'DNS'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'EXTRA_CA_CERTS'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate', 'EXTRA_CA'],
    ['CERT_NOT_YET_VALID', 'certificate is not yet valid', 'clock'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:443', 'can be reached from here'],
    [undefined, 'unexpected redirect', 'never redirects'],
  ])('says what to do about %s', async (code, message, hint) => {
    const cause = Object.assign(new Error(message), code && { code })
    const fetch = async (): Promise<Response> => {
      throw new TypeError('fetch failed', { cause })
    }
    await expect(postToGoogle(callTo('https://x.googleapis.com'), { fetch })).rejects.toMatchObject(
      { code: 'identity_unavailable', hint: expect.stringContaining(hint) },
    )
  })

  test.each([
    [407, 'HTTPS_PROXY'],
    [502, 'If it can answer at other times'],
  ])('says what to do about a page with %i', { timeout: 9_000 }, async (status, hint) => {
    const fetch = async (): Promise<Response> => new Response('<html>', { status })
    await expect(postToGoogle(callTo('https://x.googleapis.com'), { fetch })).rejects.toMatchObject(
      { hint: expect.stringContaining(hint) },
    )
  })

  test('follows no redirect', async () => {
    await using stranger = await startServer((_seen, _request, response) => response.end('{}'))
    await using google = await startServer((_seen, _request, response) => {
      response.writeHead(307, { location: stranger.url }).end()
    })
    await expect(postToGoogle(callTo(google.url), {})).rejects.toMatchObject({
      code: 'identity_unavailable',
      cause: expect.any(Error),
    })
    expect(stranger.requests).toHaveLength(0)
  })

  test('ends by its time-out though the fetch that is given heeds no signal', async () => {
    const fetch = (): Promise<Response> => new Promise(() => {})
    const call = postToGoogle(callTo('https://x.googleapis.com'), { fetch, timeoutMs: 30 })
    await expect(call).rejects.toMatchObject({ code: 'identity_timeout' })
  })

  test('ends by its time-out, and with the signal', async () => {
    await using google = await startServer(() => {})
    await expect(postToGoogle(callTo(google.url), { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'identity_timeout',
    })
    const controller = new AbortController()
    const ended = postToGoogle(callTo(google.url), { signal: controller.signal })
    await vi.waitFor(() => expect(google.requests).toHaveLength(2))
    controller.abort(new Error('enough'))
    await expect(ended).rejects.toThrow('enough')
  })
})
