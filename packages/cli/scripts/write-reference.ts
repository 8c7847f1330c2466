import { writeFileSync } from 'node:fs'
import { guide, guideFile } from './causes-table.ts'
import { reference, referenceFile } from './reference.ts'

writeFileSync(referenceFile, reference())
writeFileSync(guideFile, guide())
