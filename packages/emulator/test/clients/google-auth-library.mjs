// A service as Google's own samples write it: nothing here knows of an emulator.
import { GoogleAuth } from 'google-auth-library'

const [url, audience] = process.argv.slice(2)
const auth = new GoogleAuth()
const client = await auth.getIdTokenClient(audience)
const response = await client.request({ url })
process.stdout.write(JSON.stringify({ status: response.status, data: response.data }))
