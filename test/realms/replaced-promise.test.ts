import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('_replaced-promise.ts', import.meta.url))

const allowed = '200 in as login@acme.iam.gserviceaccount.com'
const down = '503 keys_unavailable'
const refused = '401 token_missing'

test.each(['zone.js', 'bluebird'])(
  'with the Promise of %s first calls are decided, and an outage of keys ends no process',
  async (library) => {
    const args = ['--conditions=@countersign/source', program, library]
    const { stdout } = await promisify(execFile)('node', args)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
      named: [allowed, allowed, refused],
      outage: [down, down, refused],
      found: [allowed, allowed, refused],
    })
  },
)
