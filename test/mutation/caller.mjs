import receiver from './receiver.json' with { type: 'json' }

/** What decides where a token goes, whether it is still good, and whether a call is repeated. */
const stages = [
  'call/{admission,answer-refusal,bound-fetch,redirects,request,send}.ts',
  'targets/{target,targets}.ts',
  'tokens/*.ts',
  'identity/credentials/google-urls.ts',
  'request-fetch.ts',
]

export default {
  ...receiver,
  vitest: { configFile: 'test/mutation/vitest.caller.ts' },
  mutate: stages.map((files) => `packages/caller/src/${files}`),
}
