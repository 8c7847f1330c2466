import receiver from './receiver.json' with { type: 'json' }

/** What decides where a token goes, whether it is still good, and whether a call is repeated. */
const stages = [
  ...['targets', 'read-target', 'target-url', 'audience', 'hosts'],
  ...['admission', 'redirects', 'signed-fetch', 'send', 'transmit', 'refusal', 'token-headers'],
  ...['request', 'request-init', 'request-url', 'request-headers', 'request-body', 'methods'],
  ...['token-cache', 'token-entry', 'token-flights', 'minted-token', 'flight', 'retry'],
  ...['google-urls', 'disconnect', 'bound-fetch', 'headers-for'],
]

export default {
  ...receiver,
  vitest: { configFile: 'test/mutation/vitest.caller.ts' },
  mutate: [`packages/caller/src/internal/{${stages.join()}}.ts`],
}
