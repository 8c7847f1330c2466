import type { Answer, Evidence, RequestLine, ServiceFacts } from '../../src/causes/evidence.ts'

/** Evidence in which one cause stands, with where its words were recorded. */
export interface Recorded {
  cause: string
  source: string
  evidence: Evidence
}

const at = Date.parse('2026-11-28T12:00:00Z')
const minutes = 60_000
const url = 'https://user-profiles-123.us-central1.run.app'
const account = 'login-run@acme.iam.gserviceaccount.com'
const token = {
  kind: 'id-token',
  audience: url,
  email: account,
  issuer: 'https://accounts.google.com',
  issuedAt: at - 5 * minutes,
  expiresAt: at + 55 * minutes,
} as const
const service: ServiceFacts = {
  name: 'user-profiles',
  project: 'acme',
  region: 'us-central1',
  urls: [url, 'https://user-profiles-4x2-uc.a.run.app'],
  customAudiences: [],
  ingress: 'all',
  invokerCheck: true,
  iap: false,
}
const caller = { name: 'login', account, credentials: 'metadata-server' } as const
const call: Evidence = { at, url, method: 'GET', path: '/', service, caller, token }

/** Google's pages and words, as facts on refusals collect them: section 8 of the facts, google/adk-python#3814. */
const forbidden: Answer = {
  status: 403,
  contentType: 'text/html; charset=UTF-8',
  text: '403 Forbidden Error: Forbidden Your client does not have permission to get URL /x from this server.',
}
const unauthorized: Answer = {
  status: 401,
  contentType: 'text/html; charset=UTF-8',
  challenge:
    'Bearer error="invalid_token" error_description="The access token could not be verified"',
  text: '401 Unauthorized Error: Unauthorized Your client does not have permission to the requested URL /x.',
}
const notFound: Answer = {
  status: 404,
  contentType: 'text/html; charset=UTF-8',
  text: '404 Page not found Error: Page not found The requested URL was not found on this server.',
}
const ok: Answer = { status: 200, contentType: 'application/json', text: '{}' }
const notVerified: RequestLine = {
  status: 401,
  text: 'The request was not authorized to invoke this service. The access token could not be verified. Read more at https://cloud.google.com/run/docs/securing/authenticating',
}
const empty: RequestLine = {
  status: 403,
  text: 'The request was not authenticated. Either allow public access or set the proper Authorization header. Empty Authorization header value. Read more at …',
}

const page = 'run/docs/troubleshooting'
const denials = 'docs/reference/log-lines.md: a line of verifyCaller'

function denied(code: string, more: object = {}): Evidence {
  const { token: _, ...rest } = call
  return { ...rest, denial: { code, enforced: true, method: 'GET', path: '/x', ...more } }
}

function withService(more: Partial<ServiceFacts>, evidence: Evidence = call): Evidence {
  return { ...evidence, service: { ...service, ...more } }
}

/** Each cause, in the words in which it was seen. */
export const recorded: readonly Recorded[] = [
  {
    cause: 'gke_account_unlinked',
    source: "GKE's metadata server, as matheuscscp/gke-metadata-server repeats it",
    evidence: {
      at,
      caller,
      mint: {
        code: 'identity_unavailable',
        words:
          'The metadata server answered 404: Your Kubernetes service account (default/app) is not annotated with a target Google service account, which is a requirement for retrieving Identity Tokens using Workload Identity.',
      },
    },
  },
  {
    cause: 'metadata_through_proxy',
    source: `${page}: a token fetched through a proxy on Google Cloud is the proxy's own identity`,
    evidence: {
      ...call,
      caller: { ...caller, expectedAccount: account, proxy: 'http://proxy:3128' },
      token: { ...token, email: 'proxy@acme.iam.gserviceaccount.com' },
      signed: forbidden,
    },
  },
  {
    cause: 'metadata_refused',
    source: 'the metadata server without its header, as salrashid123/gce_metadata_server answers',
    evidence: {
      at,
      caller,
      mint: {
        code: 'identity_unavailable',
        words:
          'The metadata server answered 403: Missing required header "Metadata-Flavor": "Google"',
      },
    },
  },
  {
    cause: 'impersonation_refused',
    source: 'iamcredentials.googleapis.com: 403 PERMISSION_DENIED',
    evidence: {
      at,
      caller: { account, credentials: 'impersonation' },
      mint: {
        code: 'identity_unavailable',
        words: "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource",
      },
    },
  },
  {
    cause: 'no_credentials',
    source: 'docs/reference/errors.md: an error of serviceFetch',
    evidence: { at, mint: { code: 'no_credentials', words: 'No credentials were found here' } },
  },
  {
    cause: 'token_issuer_failed',
    source: 'docs/reference/errors.md: an error of serviceFetch',
    evidence: {
      at,
      caller: { account, credentials: 'key-file' },
      mint: { code: 'identity_timeout', words: 'oauth2.googleapis.com did not answer in 10 s' },
    },
  },
  {
    cause: 'id_token_to_google_api',
    source: "Cloud Scheduler's log: URL_ERROR-ERROR_AUTHENTICATION, 401 (facts, sections 9 and 10)",
    evidence: {
      at,
      sender: {
        product: 'scheduler',
        name: 'nightly',
        url: 'https://us-central1-run.googleapis.com/apis/run.googleapis.com/v1/namespaces/acme/jobs/j:run',
        status: 401,
        words: 'URL_ERROR-ERROR_AUTHENTICATION. Original HTTP response code number = 401',
      },
    },
  },
  {
    cause: 'service_agent_role',
    source: "Cloud Scheduler's log, koduki/ai-tuber#41; scheduler/docs/http-target-auth",
    evidence: {
      at,
      requestLog: 'absent',
      sender: {
        product: 'scheduler',
        name: 'nightly',
        url: `${url}/push`,
        status: 403,
        words: 'PERMISSION_DENIED URL_ERROR-ERROR_OTHER. Original HTTP response code number = 403',
      },
    },
  },
  {
    cause: 'access_token',
    source: `${page}: must be an ID token, "not an access or refresh token"`,
    evidence: { ...call, token: { kind: 'access-token' } },
  },
  {
    cause: 'person_credentials',
    source: 'google-auth-library-java#469: the aud of gcloud',
    evidence: {
      ...call,
      token: { ...token, audience: '32555940559.apps.googleusercontent.com', email: 'me@acme.com' },
      signed: { status: 403, code: 'not_a_service_account' },
    },
  },
  {
    cause: 'agent_identity',
    source: 'iam/docs/auth-agent-own-identity-external',
    evidence: denied('issuer_mismatch', {
      got: 'https://sts.googleapis.com/v1/organizations/1/locations/global/workloadIdentityPools/agents.global.org-1.system.id.goog',
    }),
  },
  {
    cause: 'signature_removed',
    source: `${page}: "Identity token signature redacted by Google"`,
    evidence: denied('signature_removed'),
  },
  { cause: 'token_expired', source: denials, evidence: denied('token_expired') },
  {
    cause: 'clock_skew',
    source: 'the Date header of an answer',
    evidence: { ...call, signed: { ...unauthorized, date: at - 90_000 } },
  },
  {
    cause: 'token_missing',
    source: 'a request log of Cloud Run (facts, section 8)',
    evidence: { at, url, service, requestLog: empty },
  },
  { cause: 'token_ambiguous', source: denials, evidence: denied('token_ambiguous') },
  { cause: 'account_changed', source: denials, evidence: denied('subject_mismatch') },
  {
    cause: 'token_not_verified',
    source: 'a request log of Cloud Run (facts, section 8)',
    evidence: { at, url, service, requestLog: notVerified },
  },
  {
    cause: 'wrong_identity',
    source: 'gcloud run services describe: spec.template.spec.serviceAccountName',
    evidence: {
      at,
      url,
      service,
      caller: {
        ...caller,
        account: '1-compute@developer.gserviceaccount.com',
        expectedAccount: account,
      },
    },
  },
  {
    cause: 'audience_has_path',
    source: 'google-auth-library-nodejs#1208; GoogleCloudPlatform/python-docs-samples#7795',
    evidence: { ...call, token: { ...token, audience: `${url}/profiles` }, signed: unauthorized },
  },
  {
    cause: 'audience_has_slash',
    source: denials,
    evidence: denied('audience_mismatch', { got: `${url}/`, expected: url }),
  },
  {
    cause: 'audience_other_url',
    source: `run/docs/triggering/https-request: two default URLs; ${denials}`,
    evidence: denied('audience_mismatch', {
      got: 'https://user-profiles-4x2-uc.a.run.app',
      expected: url,
    }),
  },
  {
    cause: 'audience_custom_domain',
    source: 'GoogleCloudPlatform/cloud-networking-solutions#78, esp-v2#19',
    evidence: {
      ...call,
      url: 'https://profiles.acme.example',
      token: { ...token, audience: 'https://profiles.acme.example' },
      signed: unauthorized,
    },
  },
  {
    cause: 'audience_mismatch',
    source: 'a test of Cloud Run of 2026-10-08: wrong audience, 401 (facts, section 1.2)',
    evidence: {
      ...call,
      token: { ...token, audience: 'https://search-123.us-central1.run.app' },
      signed: unauthorized,
    },
  },
  {
    cause: 'default_url_disabled',
    source: 'run/docs/triggering/https-request; annotation default-url-disabled',
    evidence: withService({ isDefaultUrlDisabled: true }, { ...call, signed: notFound }),
  },
  {
    cause: 'wrong_url',
    source: 'gcloud run services describe: another region in the URL',
    evidence: {
      ...call,
      url: 'https://user-profiles-123.europe-west1.run.app',
      signed: notFound,
    },
  },
  {
    cause: 'egress_past_vpc',
    source: 'gcloud run services describe: ingress, vpc-access-egress',
    evidence: withService(
      { ingress: 'internal' },
      { at, url, caller: { ...caller, egress: 'private-ranges-only' } },
    ),
  },
  {
    cause: 'ingress',
    source: 'run/docs/securing/ingress; annotation ingress',
    evidence: withService({ ingress: 'internal' }, { ...call, signed: notFound }),
  },
  {
    cause: 'path_reserved',
    source: 'a report on /healthz (facts, section 1)',
    evidence: { ...call, url: `${url}/healthz`, path: '/healthz', signed: notFound },
  },
  {
    cause: 'iap',
    source: 'google-auth-library-nodejs#792: Invalid IAP credentials',
    evidence: { ...call, signed: { status: 401, isIap: true, text: 'Invalid IAP credentials: …' } },
  },
  {
    cause: 'vpc_service_controls',
    source: `${page}: 403 without a cloud_run_revision log entry, with ingress all`,
    evidence: {
      ...call,
      signed: { status: 403, text: 'Forbidden' },
      requestLog: 'absent',
      grants: granted(),
    },
  },
  {
    cause: 'request_logs_excluded',
    source: 'gcloud logging sinks describe _Default: exclusions',
    evidence: { ...call, signed: ok, requestLog: 'absent', logs: { exclusion: 'no-requests' } },
  },
  {
    cause: 'granted_recently',
    source:
      'reports of 40 s to some minutes after a grant (facts, section 2); SetIamPolicy in the audit log',
    evidence: {
      ...call,
      signed: forbidden,
      grants: {
        ...granted(),
        changes: [
          {
            at: at - 3 * minutes,
            action: 'ADD',
            role: 'roles/run.invoker',
            member: `serviceAccount:${account}`,
            by: 'tf@acme.iam.gserviceaccount.com',
          },
        ],
      },
    },
  },
  {
    cause: 'grant_not_effective',
    source: 'gcloud run services get-iam-policy: deleted:serviceAccount:…?uid=…',
    evidence: {
      ...call,
      signed: forbidden,
      grants: {
        known: [
          {
            role: 'roles/run.invoker',
            member: `deleted:serviceAccount:${account}?uid=123`,
            on: 'service user-profiles',
            isHere: true,
          },
        ],
        notRead: [],
      },
    },
  },
  {
    cause: 'granted_elsewhere',
    source: 'gcloud run services get-iam-policy of two services',
    evidence: {
      ...call,
      signed: forbidden,
      grants: {
        known: [
          {
            role: 'roles/run.invoker',
            member: `serviceAccount:${account}`,
            on: 'service search',
            isHere: false,
          },
        ],
        notRead: [],
      },
    },
  },
  {
    cause: 'invoker_missing',
    source:
      'a test of Cloud Run of 2026-10-08: valid token, no run.invoker, 403 (facts, section 1.2)',
    evidence: { ...call, signed: forbidden, grants: { known: [], notRead: [] } },
  },
  {
    cause: 'denied_elsewhere',
    source: 'iam/docs/deny-overview',
    evidence: { ...call, signed: forbidden, grants: { ...granted(), changes: [] } },
  },
  {
    cause: 'service_open',
    source: 'gcloud run services describe: annotation invoker-iam-disabled',
    evidence: withService(
      { invokerCheck: false },
      { ...call, signed: ok, list: { file: 'countersign.jsonc', isCallerListed: true } },
    ),
  },
  { cause: 'caller_not_allowed', source: denials, evidence: denied('caller_not_allowed') },
  { cause: 'operation_not_allowed', source: denials, evidence: denied('operation_not_allowed') },
  { cause: 'receiver_keys', source: denials, evidence: denied('keys_unavailable') },
  { cause: 'receiver_refused', source: denials, evidence: denied('key_unknown') },
  {
    cause: 'own_refusal',
    source: 'docs/reference/log-lines.md: a line of serviceFetch',
    evidence: { at, ownRefusal: { code: 'target_not_allowed' } },
  },
  {
    cause: 'application_refused',
    source: 'an answer of an application: JSON, no Countersign-Code',
    evidence: { ...call, signed: { status: 401, contentType: 'application/json' } },
  },
  {
    cause: 'receiver_without_countersign',
    source: 'an answer of an application to a call without a token',
    evidence: {
      ...call,
      anonymous: ok,
      signed: ok,
      service: { name: 'user-profiles', iap: true },
      list: { file: 'countersign.jsonc', isCallerListed: true, isRouteOpen: false },
    },
  },
]

function granted() {
  const member = `serviceAccount:${account}`
  const on = 'service user-profiles'
  return { known: [{ role: 'roles/run.invoker', member, on, isHere: true }], notRead: [] }
}

/** Set-ups that work, and in which nothing must be found. */
export const healthy: Readonly<Record<string, Evidence>> = {
  'a private service and a granted caller': {
    ...call,
    anonymous: forbidden,
    signed: ok,
    grants: granted(),
    list: { file: 'c', isCallerListed: true },
  },
  'the same, of which nothing could be read': { ...call, anonymous: forbidden, signed: ok },
  'a public service with verifyCaller': {
    ...call,
    anonymous: { status: 401, code: 'token_missing' },
    signed: ok,
    list: { file: 'c', isPublic: true, isCallerListed: true },
  },
  'a public service whose check is off, as the policy says': withService(
    { invokerCheck: false },
    {
      ...call,
      anonymous: { status: 401, code: 'token_missing' },
      signed: ok,
      list: { file: 'c', isPublic: true, isCallerListed: true },
    },
  ),
  'a public service with an open route': {
    ...call,
    anonymous: ok,
    signed: ok,
    list: { file: 'c', isPublic: true, isCallerListed: true, isRouteOpen: true },
  },
  'a grant on the project': {
    ...call,
    anonymous: forbidden,
    signed: ok,
    grants: {
      known: [
        {
          role: 'roles/run.servicesInvoker',
          member: `serviceAccount:${account}`,
          on: 'project acme',
          isHere: true,
        },
      ],
      notRead: [],
    },
  },
  'a custom domain with its custom audience': withService(
    { customAudiences: ['https://profiles.acme.example'] },
    {
      ...call,
      url: 'https://profiles.acme.example',
      token: { ...token, audience: 'https://profiles.acme.example' },
      anonymous: forbidden,
      signed: ok,
    },
  ),
  'an internal service, called from inside': withService(
    { ingress: 'internal' },
    {
      at,
      url,
      caller: { ...caller, expectedAccount: account, egress: 'all-traffic' },
      grants: granted(),
      list: { file: 'c', isCallerListed: true },
    },
  ),
  'two services that are set up right, without a call': {
    at,
    url,
    service,
    caller: { ...caller, expectedAccount: account, egress: 'none' },
    grants: granted(),
    list: { file: 'c', isCallerListed: true },
  },
  'a proxy, with NO_PROXY or not, and a token of the right account': {
    ...call,
    caller: { ...caller, expectedAccount: account, proxy: 'http://proxy:3128' },
    anonymous: forbidden,
    signed: ok,
  },
  'an application that answers 404 to an unknown path': {
    ...call,
    anonymous: forbidden,
    signed: { status: 404, contentType: 'text/html', text: 'Cannot GET /x' },
    grants: granted(),
  },
  'a function of the first generation': {
    ...call,
    url: 'https://us-central1-acme.cloudfunctions.net/profiles',
    service: {},
    token: { ...token, audience: 'https://us-central1-acme.cloudfunctions.net/profiles' },
    anonymous: forbidden,
    signed: ok,
  },
}

/** The causes that the emulator can produce: `test/doctor/emulated-causes.test.ts` does. */
export const emulated: readonly string[] = [
  'access_token',
  'account_changed',
  'agent_identity',
  'application_refused',
  'audience_has_path',
  'audience_has_slash',
  'audience_mismatch',
  'audience_other_url',
  'caller_not_allowed',
  'grant_not_effective',
  'granted_elsewhere',
  'granted_recently',
  'iap',
  'ingress',
  'invoker_missing',
  'metadata_refused',
  'operation_not_allowed',
  'person_credentials',
  'receiver_keys',
  'receiver_without_countersign',
  'service_open',
  'signature_removed',
  'token_expired',
]
