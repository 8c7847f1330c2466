import { toJsonSchema } from '@valibot/to-json-schema'
import { policyFile } from '../src/file/schema.ts'

/** The file that editors read. */
export const schemaFile: URL = new URL('../countersign.schema.json', import.meta.url)

/** The policy's schema as JSON schema. What only code can check (URLs, path patterns) it leaves out. */
export function jsonSchema(): object {
  const schema = toJsonSchema(policyFile, { typeMode: 'output', errorMode: 'ignore' })
  return { ...schema, title: 'Countersign policy' }
}
