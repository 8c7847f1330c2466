import { expect, test } from 'vitest'
import { ownCommand } from '../../src/command-line/own-command.ts'

test.for<[string, NodeJS.ProcessEnv, string]>([
  ['/home/ada/shop/node_modules/.bin/countersign', {}, 'npx countersign'],
  ['/home/ada/.npm/_npx/1f/node_modules/.bin/countersign', {}, 'npx countersign'],
  ['C:\\shop\\node_modules\\countersign\\main.js', { npm_command: 'exec' }, 'npx countersign'],
  ['/usr/local/bin/countersign', {}, 'countersign'],
  ['/usr/local/lib/node_modules/countersign/dist/esm/main.js', {}, 'countersign'],
  [
    '/home/ada/shop/node_modules/.bin/countersign',
    { npm_command: 'run-script' },
    'npx countersign',
  ],
])('%s with %j is typed as %s', ([script, env, command]) => {
  expect(ownCommand(script, env)).toBe(command)
})
