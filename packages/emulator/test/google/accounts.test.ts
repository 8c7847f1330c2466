import { expect, test } from 'vitest'
import { accountsOf, projectOf, strangerAccount } from '../../src/google/accounts.ts'
import { loginEmail, samplePolicy } from '../policy.ts'

test('services and pushes have accounts, with the subjects that the policy pins', async () => {
  const accounts = accountsOf(await samplePolicy())
  expect(accounts.get(loginEmail)?.subject).toBe('107517467455664443765')
  expect(accounts.has('pusher@acme.iam.gserviceaccount.com')).toBe(true)
})

test('different emails have different subjects of 21 digits', () => {
  const emails = Array.from(
    { length: 1_000 },
    (_, index) => `service-${index}@acme.iam.gserviceaccount.com`,
  )
  const subjects = new Set(emails.map((email) => strangerAccount(email).subject))
  expect(subjects.size).toBe(1_000)
  for (const subject of subjects) expect(subject).toMatch(/^1\d{20}$/)
})

test('what the policy leaves out of a project has likely values', async () => {
  const { services } = await samplePolicy()
  const cron = services.get('cron')
  const login = services.get('login')
  if (!cron || !login) throw new Error('the sample policy has both')
  expect(projectOf(login)).toEqual({ id: 'acme', number: '123', region: 'us-central1' })
  expect(projectOf({ ...cron, project: undefined, region: undefined })).toEqual({
    id: 'acme-jobs',
    number: expect.stringMatching(/^1\d{11}$/),
    region: 'us-central1',
  })
})
