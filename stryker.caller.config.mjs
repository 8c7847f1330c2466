import receiver from './stryker.config.json' with { type: 'json' }

/** What decides where a token goes, whether it is still good, and whether a call is repeated. */
const stages = [
  ...['targets', 'read-target', 'target-url', 'audience', 'hosts', 'paths', 'google-urls'],
  ...['token-cache', 'token-entry', 'minted-token', 'flight'],
  ...['redirects', 'signed-fetch', 'send', 'retry', 'refusal', 'token-headers', 'request-body'],
]

export default {
  ...receiver,
  vitest: { configFile: 'vitest.mutation.caller.config.ts' },
  mutate: [`packages/caller/src/internal/{${stages.join()}}.ts`],
}
