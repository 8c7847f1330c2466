import { accountOf, accountOr, projectOf } from './commands.ts'
import type { Evidence, KnownCause, SenderFacts } from './evidence.ts'
import { isGranted } from './grant-causes.ts'
import { issuerCodes } from './receiver-causes.ts'
import { refusalOf } from './refusal.ts'

/** Causes before the call: no token can be had, or a product of Google that delivers has none. */
export const identityCauses: readonly KnownCause[] = [
  {
    code: 'gke_account_unlinked',
    signs:
      '404 "Your Kubernetes service account (…) is not annotated with a target Google service account"; 403 "missing IAM policy binding on the target IAM service account"',
    refusedBy: 'the token issuer',
    certainty: ({ mint }) => (isUnlinked(mint?.words ?? '') ? 'certain' : undefined),
    sentence: ({ mint }) =>
      /not annotated/.test(mint?.words ?? 'not annotated')
        ? 'The Kubernetes service account of the pod is not linked to a Google service account, so there are no ID tokens.'
        : 'The Kubernetes service account of the pod names a Google service account that it can not use.',
    fix: (evidence) => [
      {
        command: `kubectl annotate serviceaccount KSA --namespace NAMESPACE iam.gke.io/gcp-service-account=${accountOf(evidence)}`,
      },
      {
        command: `gcloud iam service-accounts add-iam-policy-binding ${accountOf(evidence)} --role=roles/iam.workloadIdentityUser --member='serviceAccount:PROJECT.svc.id.goog[NAMESPACE/KSA]'`,
      },
    ],
  },
  {
    code: 'metadata_through_proxy',
    signs:
      "`HTTP_PROXY` is set without `NO_PROXY`; the token names the proxy's account; the metadata server answers 403",
    refusedBy: 'the token issuer',
    certainty(evidence) {
      const { caller, token, mint } = evidence
      if (caller?.proxy === undefined) return undefined
      const isOther =
        token?.email !== undefined && token.email !== (caller.expectedAccount ?? token.email)
      if (isOther) return 'certain'
      return mint && isMetadatas(evidence) ? 'likely' : undefined
    },
    sentence: ({ caller }) =>
      `Requests to the metadata server go through a proxy${caller?.proxy === undefined ? '' : ` (${caller.proxy})`}: on Google Cloud the token is then the proxy's own.`,
    fix: () => [
      {
        command:
          "export NO_PROXY='127.0.0.1,169.254.*,169.254.169.254,localhost,metadata.google.internal,*.google.internal,*.googleapis.com'",
      },
    ],
  },
  {
    code: 'metadata_refused',
    signs: '`identity_unavailable`; the metadata server answers 403, 404 or 429, in its own words',
    refusedBy: 'the token issuer',
    certainty(evidence) {
      const { mint } = evidence
      if (!mint || isUnlinked(mint.words) || !isMetadatas(evidence)) return undefined
      return 'certain'
    },
    sentence: ({ mint }) =>
      `The metadata server gives no ID token${mint === undefined ? '' : `: ${mint.words}`}`,
    fix: () => [
      {
        words: 'in its own words',
        command:
          "curl -s -H 'Metadata-Flavor: Google' 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://a.example&format=full'",
      },
      { words: 'the service must have a service account' },
    ],
  },
  {
    code: 'impersonation_refused',
    signs:
      '"Permission \'iam.serviceAccounts.getOpenIdToken\' denied on resource"; 403 of iamcredentials.googleapis.com',
    refusedBy: 'the token issuer',
    certainty: ({ mint }) =>
      /getOpenIdToken|generateIdToken|iamcredentials/.test(mint?.words ?? '')
        ? 'certain'
        : undefined,
    sentence: () => 'The credentials that were found can not make tokens for that service account.',
    fix: (evidence) => [
      {
        command: `gcloud iam service-accounts add-iam-policy-binding ${accountOr(evidence.caller?.expectedAccount ?? evidence.caller?.account, 'ACCOUNT')} --member=user:YOU --role=roles/iam.serviceAccountOpenIdTokenCreator`,
      },
    ],
  },
  {
    code: 'no_credentials',
    signs: '`no_credentials`; "Could not load the default credentials"',
    refusedBy: 'the token issuer',
    certainty: (evidence) => (codeOf(evidence) === 'no_credentials' ? 'certain' : undefined),
    sentence: () => 'There are no credentials here, so there is no token to send.',
    fix: () => [
      {
        words: 'on a laptop',
        command:
          'gcloud auth application-default login --impersonate-service-account=ACCOUNT@PROJECT.iam.gserviceaccount.com',
      },
      { words: 'or, with the emulator', command: 'countersign dev' },
    ],
  },
  {
    code: 'token_issuer_failed',
    signs:
      '`identity_timeout`, `token_rejected`, `token_refresh_failed`: any other failure to get a token',
    refusedBy: 'the token issuer',
    certainty(evidence) {
      const code = codeOf(evidence)
      const isOther = code !== undefined && issuerCodes.has(code) && !ownCodes.has(code)
      if (!isOther || isMetadatas(evidence) || isUnlinked(evidence.mint?.words ?? ''))
        return undefined
      return 'likely'
    },
    sentence: ({ mint, ownRefusal }) =>
      `No ID token could be had: ${mint?.words ?? ownRefusal?.code ?? 'the issuer failed'}`,
    fix: () => [{ words: 'where the caller runs', command: 'countersign doctor URL' }],
  },
  {
    code: 'id_token_to_google_api',
    signs:
      '401 from `*.googleapis.com`; Scheduler that runs a Cloud Run job: `URL_ERROR-ERROR_AUTHENTICATION`',
    refusedBy: 'the product',
    certainty(evidence) {
      const url = evidence.sender?.url ?? evidence.url ?? ''
      if (!URL.canParse(url) || !/\.googleapis\.com$/.test(new URL(url).hostname)) return undefined
      return 'certain'
    },
    sentence: () =>
      "The URL is one of Google's own APIs. They take access tokens (OAuth), not ID tokens (OIDC).",
    fix: ({ sender }) => [
      {
        command: `gcloud scheduler jobs update http ${nameOr(sender, 'JOB')} --oauth-service-account-email=ACCOUNT --oauth-token-scope=https://www.googleapis.com/auth/cloud-platform`,
      },
    ],
  },
  {
    code: 'service_agent_role',
    signs:
      '403 `PERMISSION_DENIED` of Scheduler, Tasks or Pub/Sub, although the account is granted; no request log',
    refusedBy: 'the product',
    certainty(evidence) {
      const { sender } = evidence
      if (!sender || sender.hasAgentRole === true) return undefined
      if (sender.hasAgentRole === false) return 'certain'
      const isDenied = sender.status === 403 || /PERMISSION_DENIED/.test(sender.words ?? '')
      if (!isDenied || refusalOf(evidence)?.by === 'the receiver') return undefined
      return isGranted(evidence) || evidence.requestLog === 'absent' ? 'likely' : 'possible'
    },
    sentence: ({ sender }) =>
      `The service agent of ${productName(sender)} can not make tokens for the account: it has lost its role.`,
    fix: (evidence) => [{ command: agentCommand(evidence) }],
  },
]

function isUnlinked(words: string): boolean {
  return /is not annotated with a target Google service account|missing IAM policy binding on the target IAM service account/.test(
    words,
  )
}

/** Codes with a cause of their own. */
const ownCodes: ReadonlySet<string> = new Set(['no_credentials', 'user_credentials'])

function codeOf({ mint, ownRefusal }: Evidence): string | undefined {
  return mint?.code ?? ownRefusal?.code
}

function isMetadatas({ mint, caller }: Evidence): boolean {
  const isRefused = mint?.code === 'identity_unavailable' || mint?.code === 'identity_timeout'
  return isRefused && (caller?.credentials === 'metadata-server' || /metadata/i.test(mint.words))
}

function nameOr(sender: SenderFacts | undefined, placeholder: string): string {
  return /^[A-Za-z0-9_-]{1,100}$/.test(sender?.name ?? '') ? (sender?.name as string) : placeholder
}

const productNames = { scheduler: 'Cloud Scheduler', tasks: 'Cloud Tasks', pubsub: 'Pub/Sub' }

function productName(sender: SenderFacts | undefined): string {
  return sender ? productNames[sender.product] : 'Cloud Scheduler, Cloud Tasks or Pub/Sub'
}

const agents = {
  scheduler: ['gcp-sa-cloudscheduler', 'roles/cloudscheduler.serviceAgent'],
  tasks: ['gcp-sa-cloudtasks', 'roles/cloudtasks.serviceAgent'],
  pubsub: ['gcp-sa-pubsub', 'roles/iam.serviceAccountTokenCreator'],
} as const

function agentCommand(evidence: Evidence): string {
  const [agent, role] = agents[evidence.sender?.product ?? 'scheduler']
  const member = `serviceAccount:service-PROJECT_NUMBER@${agent}.iam.gserviceaccount.com`
  return `gcloud projects add-iam-policy-binding ${projectOf(evidence)} --member=${member} --role=${role}`
}
