import { GoogleAuth, Impersonated } from 'google-auth-library'

const auth = new GoogleAuth()
const [url, audience, targetPrincipal] = process.argv.slice(2)

const client = new Impersonated({
  sourceClient: await auth.getClient(),
  targetPrincipal,
  endpoint: process.env.COUNTERSIGN_EMULATOR,
})
const token = await client.fetchIdToken(audience)

const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
console.log(await response.text())
