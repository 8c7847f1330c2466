import { GoogleAuth } from 'google-auth-library'
import { emulatorUrl } from './emulator.mjs'

const emulator = emulatorUrl()

/** Sends what is meant for Google to the emulator, if emulator.mjs lets it count. */
function fetchImplementation(url, init) {
  const { hostname, pathname } = new URL(url)
  const isGoogle = emulator && hostname.endsWith('.googleapis.com')
  return fetch(isGoogle ? emulator + pathname : url, init)
}

const auth = new GoogleAuth({ clientOptions: { transporterOptions: { fetchImplementation } } })

const [url, audience] = process.argv.slice(2)
const client = await auth.getIdTokenClient(audience)
const { data } = await client.request({ url })
console.log(JSON.stringify(data))
