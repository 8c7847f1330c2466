/** What a test that is skipped on some machines needs. */
export interface Need {
  /** Beginning of `file: title` of the tests. */
  readonly tests: string
  readonly what: string
  /** How to get it. */
  readonly get: string
  /** Why `.ci/run` may pass without; left out: it may not. */
  readonly mayLack?: string
}

/** A test that did not run. */
export interface Skipped {
  readonly file: string
  readonly title: string
}

const language =
  'a bare machine has not every language; .ci/run fails where it is there and not ready'

/** Every test that may be skipped at all. One that isn't here fails `.ci/run`. */
export const needs: readonly Need[] = [
  {
    tests: 'test/page/page.test.ts: ',
    what: 'Chromium',
    get: 'apt-get install chromium, or its path in CHROMIUM',
    mayLack: 'apt-get or the network is missing, which .ci/run says when it tries to install it',
  },
  {
    tests: 'test/e2e/pubsub-bridge.test.ts: ',
    what: "Google's Pub/Sub emulator",
    get: 'gcloud components install pubsub-emulator, and its program in PUBSUB_EMULATOR',
    mayLack: 'it comes with gcloud and needs Java; .ci/run uses it where both are there',
  },
  {
    tests: 'test/docs/parsed.test.ts: gcloud ',
    what: "gcloud's list of its commands",
    get: 'install the Google Cloud SDK, and Python 3 to read its list',
    mayLack:
      'a bare machine has no gcloud; where it is, its commands and flags are held against its list',
  },
  {
    tests: 'test/release/workflows.test.ts: ',
    what: 'actionlint',
    get: 'install actionlint, or Go, which then fetches it',
    mayLack: 'a bare machine has neither; a real release is refused without',
  },
  {
    tests: 'test/deployment/workflow.test.ts: actionlint ',
    what: 'actionlint',
    get: 'install actionlint, or Go, which then fetches it',
    mayLack: 'a bare machine has neither; a real release is refused without',
  },
  {
    tests: 'test/deployment/terraform.test.ts: terraform ',
    what: 'Terraform',
    get: 'install terraform, which formats',
    mayLack: 'the parser of another test reads the files on every machine',
  },
  {
    tests: 'test/vectors/wycheproof.test.ts: ',
    what: "Wycheproof's vectors",
    get: 'git clone https://github.com/C2SP/wycheproof, and its testvectors_v1 in WYCHEPROOF_DIR',
    mayLack: 'they are not part of the project; .ci/run uses them where they lie beside it',
  },
  {
    tests: 'test/differential/differential.test.ts: ',
    what: 'a longer run',
    get: 'DIFFERENTIAL_TOKENS=50000, which takes minutes',
    mayLack: 'fewer tokens need not meet every reason',
  },
  {
    tests: 'packages/emulator/test/curl.test.ts: ',
    what: 'curl',
    get: 'apt-get install curl',
    mayLack: 'some machines have none; nothing else needs it',
  },
  {
    tests: 'packages/cli/test/closed-terminal.test.ts: ',
    what: "Linux's script",
    get: 'run the tests on Linux',
  },
  {
    tests: 'packages/policy/test/watch/watched-file.test.ts: ',
    what: 'named pipes',
    get: 'run the tests on Linux or macOS',
  },
  {
    tests: 'test/interop/interop.test.ts: google-cloud-auth ',
    what: "Rust's client",
    get: 'INTEROP_RUST=yes npx -y pnpm@12 interop, where cargo is',
    mayLack: 'it builds for minutes, and takes half a gigabyte; run by hand',
  },
  {
    tests: 'test/interop/',
    what: 'a language',
    get: 'see the lines interop: above',
    mayLack: language,
  },
  {
    tests: 'test/container/',
    what: 'network namespaces',
    get: 'run pnpm interop as root on Linux',
    mayLack: 'only root on Linux has them; .ci/run fails where root on Linux lacks them',
  },
]

export function needOf({ file, title }: Skipped): Need | undefined {
  return needs.find(({ tests }) => `${file}: ${title}`.startsWith(tests))
}
