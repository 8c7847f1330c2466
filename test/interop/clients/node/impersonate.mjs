import { GoogleAuth, Impersonated } from 'google-auth-library'
import { emulatorUrl } from './emulator.mjs'

const auth = new GoogleAuth()
const [url, audience, targetPrincipal] = process.argv.slice(2)

const client = new Impersonated({
  sourceClient: await auth.getClient(),
  targetPrincipal,
  endpoint: emulatorUrl(),
})
const token = await client.fetchIdToken(audience)

const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
console.log(await response.text())
