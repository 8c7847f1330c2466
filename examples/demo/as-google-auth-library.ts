/**
 * Calls a service with Google's own library, as its documentation shows, without any package of
 * Countersign. The library finds the metadata server through `GCE_METADATA_HOST`.
 */
import { GoogleAuth } from 'google-auth-library'

const [url = '', audience = ''] = process.argv.slice(2)
const client = await new GoogleAuth().getIdTokenClient(audience)
const answer = await client.request({ url })
console.log(JSON.stringify({ status: answer.status, body: answer.data }))
