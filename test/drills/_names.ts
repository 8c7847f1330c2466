/** Who calls, in every drill. */
export const email = 'login-run@acme.iam.gserviceaccount.com'

/** Which service. */
export const audience = 'https://user-profiles-123.us-central1.run.app'
