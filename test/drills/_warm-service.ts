import type { TestIssuer } from '@countersign/testing'
import { expect } from 'vitest'
import { answerKeys } from '../../packages/receiver/test/_key-server.ts'
import { audience, email } from './_names.ts'
import { published, type Service, startService } from './_service.ts'

/** A service that has its keys, and the issuer of the token it was called with. */
export async function warmService(
  options?: Parameters<typeof startService>[0],
): Promise<{ service: Service; issuer: TestIssuer }> {
  const service = await startService(options)
  const issuer = await service.issuer('first')
  service.keyServer.answer = answerKeys(published(issuer))
  expect(await callAs(issuer, service)).toMatchObject({ outcome: '200' })
  return { service, issuer }
}

/** Calls a service with a new token. */
export async function callAs(issuer: TestIssuer, service: Service) {
  return service.call(await issuer.idToken({ email, audience }))
}
