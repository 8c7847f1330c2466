import { GoogleAuth } from 'google-auth-library'
import { report } from './report.mjs'

const client = await new GoogleAuth().getIdTokenClient(process.argv[2])
await client.getRequestHeaders()
report()
