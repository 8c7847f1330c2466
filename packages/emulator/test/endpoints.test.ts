import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { DrillableEndpoint, Endpoint } from '../src/index.ts'

/** By name, and whether a drill can be there: the compiler wants each. */
const endpoints: Record<DrillableEndpoint, true> &
  Record<Exclude<Endpoint, DrillableEndpoint>, false> = {
  identity: true,
  'access-token': true,
  metadata: true,
  jwks: true,
  certs: true,
  discovery: true,
  token: true,
  'token-info': true,
  sts: true,
  'subject-token': false,
  'aws-instance': false,
  'generate-id-token': true,
  'generate-access-token': true,
  'sign-blob': true,
  'sign-jwt': true,
  'allow-policy': true,
  'run-service': true,
  'front-door': true,
  control: false,
  unknown: false,
}

test.for(Object.entries(endpoints))(
  'the reference has the endpoint %s',
  async ([name, isDrillable]) => {
    const page = await readFile(
      new URL('../../../docs/reference/emulator.md', import.meta.url),
      'utf8',
    )
    const [, rows = ''] = page.split('## The names of endpoints')
    expect(rows).toMatch(
      new RegExp(`^\\| \`${name}\` \\|.*\\| ${isDrillable ? 'yes' : 'no'} \\|$`, 'm'),
    )
  },
)
