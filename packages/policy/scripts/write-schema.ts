import { writeFileSync } from 'node:fs'
import { jsonSchema, schemaFile } from './schema.ts'

writeFileSync(schemaFile, JSON.stringify(jsonSchema(), undefined, 2))
