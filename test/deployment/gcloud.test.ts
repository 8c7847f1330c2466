import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyProject, countersign, grantsOfPolicy, run } from './_project.ts'

/** What gcloud/deploy.sh and gke/identities.sh ask gcloud to do; a script stands for gcloud and notes it. */

const stub = `#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$GCLOUD_CALLS"
[[ "$*" != 'projects describe'* ]] || echo 123456789012
[[ "$*" != *' create '* || -z "\${GCLOUD_SAYS:-}" ]] || { echo "ERROR: $GCLOUD_SAYS" >&2; exit 1; }
`

async function calls(script: string, env: Record<string, string> = {}): Promise<string[]> {
  const { folder, remove } = await copyProject()
  onTestFinished(remove)
  const grants = await countersign('policy', 'iam', '-e', 'prod')
  await writeFile(join(folder, 'gcloud.log'), '')
  await writeFile(join(folder, 'grants.txt'), grants)
  await mkdir(join(folder, 'gcloud-stub'))
  await program(join(folder, 'gcloud-stub/gcloud'), stub)
  await program(join(folder, 'gcloud-stub/npx'), `#!/bin/sh\ncat ${join(folder, 'grants.txt')}\n`)
  await run('bash', [script], {
    cwd: folder,
    env: {
      ...process.env,
      ...{ PATH: `${join(folder, 'gcloud-stub')}:${process.env.PATH}`, PROJECT: 'acme' },
      ...{ GCLOUD_CALLS: join(folder, 'gcloud.log'), ...env },
    },
  })
  return (await readFile(join(folder, 'gcloud.log'), 'utf8')).trim().split('\n')
}

async function program(file: string, text: string): Promise<void> {
  await writeFile(file, text)
  await chmod(file, 0o755)
}

test('the script grants what the policy says, and opens login without allUsers', async () => {
  const asked = await calls('gcloud/deploy.sh')
  const granted = asked
    .filter((one) => one.includes('run services add-iam-policy-binding'))
    .map((one) => ({
      service: one.split(' ')[3],
      member: /--member=(\S+)/.exec(one)?.[1],
    }))
  const wanted = (await grantsOfPolicy()).filter(({ member }) => member !== 'allUsers')
  expect(granted).toEqual(wanted.map(({ service, member }) => ({ service, member })))
  expect(granted).toHaveLength(3)
  expect(asked.join('\n')).not.toMatch(/allUsers/)
  const deployed = asked.filter((one) => one.startsWith('run deploy'))
  expect(deployed.map((one) => one.match(/--(no-[\w-]+)/)?.[1])).toEqual([
    ...['no-allow-unauthenticated', 'no-allow-unauthenticated', 'no-invoker-iam-check'],
  ])
  for (const one of deployed) {
    const [, , service] = one.split(' ')
    expect(one).toContain(`--service-account=${service}-run@acme.iam.gserviceaccount.com`)
    expect(one).toContain('--set-env-vars=COUNTERSIGN_ENVIRONMENT=prod')
    expect(one).toContain(`--args=services/${service}.ts`)
  }
})

test('it can be run again, and stops at any other error', async () => {
  expect(await calls('gcloud/deploy.sh', { GCLOUD_SAYS: 'Resource already exists' })).not.toEqual(
    [],
  )
  await expect(calls('gcloud/deploy.sh', { GCLOUD_SAYS: 'PERMISSION_DENIED' })).rejects.toThrow(
    'PERMISSION_DENIED',
  )
})

test('Pub/Sub’s agent gets the same roles as by Terraform', async () => {
  const asked = await calls('gcloud/deploy.sh')
  const agent = 'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com'
  const roles = asked
    .filter((one) => one.includes(`--member=${agent}`))
    .map((one) => /--role=(\S+)/.exec(one)?.[1])
  const { folder, remove } = await copyProject()
  onTestFinished(remove)
  const text = await readFile(join(folder, 'terraform/push.tf'), 'utf8')
  const byTerraform = [...text.matchAll(/^ {2}role += "(.*)"$/gm)].map(([, role]) => role)
  expect(roles.toSorted()).toEqual(byTerraform.toSorted())
  expect(roles).toHaveLength(3)
})

test('each account of GKE gets the identity of its service', async () => {
  const asked = await calls('gke/identities.sh')
  expect(asked.filter((one) => one.includes('roles/iam.workloadIdentityUser'))).toEqual(
    ['login', 'user-profiles', 'search'].map(
      (name) =>
        `iam service-accounts add-iam-policy-binding ${name}-run@acme.iam.gserviceaccount.com --project=acme` +
        ` --member=serviceAccount:acme.svc.id.goog[acme/${name}] --role=roles/iam.workloadIdentityUser`,
    ),
  )
})
