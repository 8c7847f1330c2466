import { createInterface } from 'node:readline'
import { OAuth2Client } from 'google-auth-library'
import { emulatorUrl } from './emulator.mjs'

const allow = ['login-run@acme.iam.gserviceaccount.com']

// The emulator's keys in the place of Google's, if emulator.mjs lets it count.
const certs = `${emulatorUrl() ?? 'https://www.googleapis.com'}/oauth2/v1/certs`
const client = new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: certs } })

/** The caller's email; throws for a token that is none of a listed caller for this audience. */
export async function callerOf(idToken, audience) {
  const ticket = await client.verifyIdToken({ idToken, audience })
  const { email, email_verified: isVerified } = ticket.getPayload()
  if (isVerified !== true || !allow.includes(email)) throw new Error('caller not allowed')
  return email
}

for await (const token of createInterface({ input: process.stdin })) {
  const outcome = callerOf(token, process.argv[2])
  console.log(await outcome.catch(({ message }) => `refused: ${message.split(':')[0]}`))
}
