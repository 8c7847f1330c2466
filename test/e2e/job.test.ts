/** The caller in a process of its own: what it loads, starts and asks, and that it ends by itself. */

import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type EndedJob, runJob } from './_run-job.ts'
import { login, startWorld, targetIn, type World } from './_world.ts'

const well = `200 {"asked":"${login}"}`

/** Runs a job where `gcloud` is a program that leaves a mark. */
async function runWatched(world: World, env: Record<string, string> = {}) {
  const mark = await world.write('gcloud.args', '')
  const gcloud = await world.write('gcloud', `#!/bin/sh\necho ran > ${mark}.ran\n`)
  await chmod(gcloud, 0o755)
  const path = `${dirname(gcloud)}:${process.env.PATH}`
  const job = await runJob(targetIn(world), { ...env, PATH: path })
  return { job, ranGcloud: existsSync(`${mark}.ran`) }
}

function loadsGoogles({ loaded }: EndedJob): boolean {
  return loaded.some((url) => url.includes('google-auth-library'))
}

describe('a job on the metadata path', () => {
  test('makes its calls with one token, and ends at once: nothing holds it', async () => {
    const world = await startWorld()
    const job = await runJob(targetIn(world), { JOB_CALLS: '20' })
    expect(job.answers).toEqual(Array.from({ length: 20 }, () => well))
    expect(world.endpoints()).toEqual(['identity'])
    expect(job.resources).not.toContain('Timeout')
    expect(job).toMatchObject({ exitCode: 0 })
    expect(job.lingeredMs).toBeLessThan(2000)
  })

  test('loads no google-auth-library, starts no program, and probes nothing', async () => {
    const world = await startWorld()
    const { job, ranGcloud } = await runWatched(world)
    expect(job.answers).toEqual([well])
    expect(loadsGoogles(job)).toBe(false)
    expect(job.loaded.filter((url) => url.includes('/node_modules/'))).toEqual([
      expect.stringContaining('/path-to-regexp/'),
    ])
    expect(job.hasChildProcess).toBe(false)
    expect(ranGcloud).toBe(false)
    expect(world.endpoints()).toEqual(['identity'])
  })

  test('would be seen to do so: google-auth-library does all three', async () => {
    const world = await startWorld()
    const { job, ranGcloud } = await runWatched(world, {
      JOB_CLIENT: 'google-auth-library',
      GOOGLE_CLOUD_PROJECT: '',
    })
    expect(job.answers).toEqual([well])
    expect([loadsGoogles(job), job.hasChildProcess, ranGcloud]).toEqual([true, true, true])
    expect(world.endpoints().length).toBeGreaterThan(1)
  })
})
