import { loadPolicy, type Policy } from '@countersign/policy'

export const loginEmail = 'login-run@acme.iam.gserviceaccount.com'
export const profilesUrl = 'https://user-profiles-123.us-central1.run.app'
export const customAudience = 'https://user-profiles.acme.example'

/** login calls user-profiles, cron and a push call search, anybody calls status. */
export function samplePolicy(): Promise<Policy> {
  return loadPolicy(
    {
      environments: {
        prod: {
          project: 'acme',
          projectNumber: '123',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: {
        login: {
          calls: { 'user-profiles': { methods: ['GET'] } },
          subject: '107517467455664443765',
        },
        'user-profiles': { audiences: [customAudience] },
        search: {},
        status: { public: true },
        // Of another project whose number isn't said: it has no URL, so it only calls.
        cron: { project: 'acme-jobs', calls: { search: {} } },
      },
      pushes: {
        orders: {
          kind: 'pubsub',
          serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
          to: 'search',
          path: '/push/orders',
        },
      },
    },
    { environment: 'prod' },
  )
}
