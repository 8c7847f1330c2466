import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadPolicy, PolicyError, type PolicyFile, type PolicyIssue } from '../src/index.ts'

/** The policy of the documentation. */
export const acme: PolicyFile = {
  environments: {
    prod: {
      project: 'acme',
      projectNumber: '123',
      region: 'us-central1',
      accounts: '{service}-run',
    },
    staging: {
      project: 'acme-staging',
      projectNumber: '456',
      region: 'us-central1',
      accounts: '{service}-run',
    },
  },
  services: {
    login: {
      calls: { 'user-profiles': [{ methods: ['GET'], paths: ['/profiles/:id'] }] },
      command: 'node examples/login/server.ts',
    },
    'user-profiles': {
      audiences: ['https://user-profiles.acme.example'],
      unauthenticated: ['GET /ready'],
    },
    search: {
      url: 'https://search-123.us-central1.run.app',
      serviceAccount: 'search-run@acme.iam.gserviceaccount.com',
      subject: '107512345678901234567',
      public: false,
    },
  },
  pushes: {
    orders: {
      kind: 'pubsub',
      serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
      to: 'search',
      path: '/push/orders',
    },
  },
}

/** A file with this text, gone when the test ends. */
export async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-policy-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'countersign.jsonc')
  await writeFile(file, text)
  return file
}

/** The error with which something is refused. */
export async function refusal(attempt: () => unknown): Promise<PolicyError> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof PolicyError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** What is wrong with a policy, whose type need not be right either. */
async function issuesOf(file: unknown): Promise<readonly PolicyIssue[]> {
  const error = await refusal(() => loadPolicy(file as PolicyFile))
  return error.issues
}

/** The same as lines: path, problem, hint. */
export async function linesOf(file: unknown): Promise<string[]> {
  const issues = await issuesOf(file)
  return issues.map(({ path, problem, hint }) => `${path} ${problem}: ${hint}`)
}

/** A policy of one service, `a`, with these fields. */
export function oneService(fields: object): object {
  return {
    services: { a: { serviceAccount: 'account-a@acme.iam.gserviceaccount.com', ...fields } },
  }
}
