import { metadataServer } from '@countersign/caller'
import { report } from './report.mjs'

await metadataServer().idToken(process.argv[2])
report()
