import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonSchema, schemaFile } from '../scripts/schema.ts'

test('countersign.schema.json is what the code checks: else run pnpm --dir packages/policy schema', () => {
  const written: unknown = JSON.parse(readFileSync(schemaFile, 'utf8'))
  expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())))
})

test('editors are told of unknown keys, of what a key is for, and of a header that is there twice', () => {
  expect(jsonSchema()).toMatchObject({
    additionalProperties: false,
    properties: {
      services: {
        additionalProperties: {
          additionalProperties: false,
          properties: {
            calls: {
              description:
                'The services that this one may call: {} allows everything. Default: none.',
            },
            headers: { uniqueItems: true },
          },
        },
      },
    },
  })
})
