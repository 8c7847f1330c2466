import { GoogleAuth } from 'google-auth-library'

const auth = new GoogleAuth()

/** GETs `url` with a token for `audience`: the service's own URL, wherever it is called. */
export async function get(url, audience) {
  const client = await auth.getIdTokenClient(audience)
  const { data } = await client.request({ url })
  return data
}

const [url, audience] = process.argv.slice(2)
console.log(JSON.stringify(await get(url, audience)))
