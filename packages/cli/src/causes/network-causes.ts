import {
  callerName,
  change,
  hostParts,
  projectOf,
  regionOf,
  runServices,
  serviceName,
} from './commands.ts'
import type { Answer, Certainty, Evidence, KnownCause } from './evidence.ts'
import { refusalOf, refuserOf } from './refusal.ts'

/** Causes on the way to the service: its URL, its ingress, what stands in front of it. */
export const networkCauses: readonly KnownCause[] = [
  {
    code: 'default_url_disabled',
    signs: '404 at the `run.app` URL, without a log line',
    refusedBy: 'the front door',
    certainty(evidence) {
      const isOff = evidence.service?.isDefaultUrlDisabled === true
      return isOff && isRunUrl(evidence) ? sure(evidence) : undefined
    },
    sentence: (evidence) => `The run.app URL of ${serviceName(evidence)} is switched off.`,
    fix: (evidence) => [
      { words: 'call its custom domain or load balancer, or' },
      ...change(
        runServices('update', evidence, '--default-url').replace('gcloud run', 'gcloud beta run'),
        evidence,
      ),
    ],
  },
  {
    code: 'wrong_url',
    signs:
      '404 "The requested URL was not found on this server"; the region in the URL is another one',
    refusedBy: 'the front door',
    certainty(evidence) {
      const { service, url, anonymous, signed } = evidence
      const urls = service?.urls
      if (urls && urls.length > 0 && url !== undefined && isRunUrl(evidence)) {
        return urls.includes(originIn(url)) ? undefined : 'certain'
      }
      const is404 = isGoogles404(signed ?? anonymous)
      return is404 && service?.ingress === undefined ? 'possible' : undefined
    },
    sentence: (evidence) =>
      evidence.service?.urls === undefined
        ? 'No service has this URL: wrong name, region or project number. Or its ingress is internal.'
        : `The URL is not one of ${serviceName(evidence)}'s: ${evidence.service.urls.join(', ')}.`,
    fix: (evidence) => [
      {
        words: 'its URLs',
        command: `gcloud run services list --project=${projectOf(evidence)} --format='table(metadata.name, region, status.url)'`,
      },
    ],
  },
  {
    code: 'egress_past_vpc',
    signs: '404 or 403 from another Cloud Run service, while ingress is `internal`',
    refusedBy: 'the front door',
    certainty(evidence) {
      const egress = evidence.caller?.egress
      if (!isInternal(evidence) || egress === undefined || egress === 'all-traffic')
        return undefined
      return sure(evidence)
    },
    sentence: (evidence) => {
      const how =
        evidence.caller?.egress === 'none'
          ? 'is not connected to a VPC network'
          : 'sends only private addresses through its VPC network'
      return `The ingress of ${serviceName(evidence)} is internal, and the caller ${how}: its call comes from outside.`
    },
    fix: (evidence) => [
      {
        words: 'all traffic of the caller through the network',
        command: `gcloud run services update ${callerName(evidence)} --region=${regionOf(evidence)} --vpc-egress=all-traffic`,
      },
      { words: 'or Private Google Access on its subnet, with private DNS for run.app' },
    ],
  },
  {
    code: 'ingress',
    signs:
      '404 (sometimes 403) from outside; ingress is `internal` or `internal-and-cloud-load-balancing`',
    refusedBy: 'the front door',
    certainty(evidence) {
      if (!isInternal(evidence) || evidence.caller?.egress !== undefined) return undefined
      return wasCalled(evidence) ? sure(evidence) : 'possible'
    },
    sentence: (evidence) =>
      `The ingress of ${serviceName(evidence)} is ${evidence.service?.ingress ?? 'internal'}: calls from outside don't reach it.`,
    fix: (evidence) => [
      {
        words: 'try from inside',
        command: 'countersign doctor CALLER RECEIVER -e ENV --print-job',
      },
      ...change(runServices('update', evidence, '--ingress=all'), evidence),
    ],
  },
  {
    code: 'path_reserved',
    signs: '404 at a path that ends with `z`, such as `/healthz`',
    refusedBy: 'the front door',
    certainty({ url, signed, anonymous }) {
      const isReserved =
        url !== undefined && URL.canParse(url) && /\/[a-z]+z$/.test(new URL(url).pathname)
      return isReserved && isGoogles404(signed ?? anonymous) ? 'likely' : undefined
    },
    sentence: () =>
      'Google keeps some paths that end with z for itself: the container never sees them.',
    fix: () => [{ words: 'rename the route, for example to /health or /ready' }],
  },
  {
    code: 'iap',
    signs: '"Invalid IAP credentials"; 302 to accounts.google.com; `x-goog-iap-generated-response`',
    refusedBy: 'IAP',
    certainty(evidence) {
      if (refusalOf(evidence)?.by === 'IAP' || evidence.anonymous?.isIap) return 'certain'
      return evidence.service?.iap && !evidence.signed ? 'certain' : undefined
    },
    sentence: (evidence) =>
      `Identity-Aware Proxy stands in front of ${serviceName(evidence)}. It wants its own audience, and replaces the caller by its own agent.`,
    fix: (evidence) => [
      {
        words: "send the token in proxy-authorization with IAP's client id as audience, or",
      },
      ...change(
        runServices('update', evidence, '--no-iap').replace('gcloud run', 'gcloud beta run'),
        evidence,
      ),
    ],
  },
  {
    code: 'vpc_service_controls',
    signs: '403 without any request log, with ingress `all`',
    refusedBy: 'the front door',
    certainty(evidence) {
      const { requestLog, service, logs, signed, anonymous } = evidence
      const is403 = (signed ?? anonymous)?.status === 403
      if (requestLog !== 'absent' || logs?.exclusion !== undefined || !is403) return undefined
      if (logs?.hasRequestLog === false) return undefined
      return service?.ingress === 'all' ? 'likely' : 'possible'
    },
    sentence: () =>
      'The call was refused, and the platform has no log line of it: VPC Service Controls refuse before Cloud Run.',
    fix: (evidence) => [
      {
        words: 'their audit log',
        command: `gcloud logging read 'protoPayload.metadata.@type:VpcServiceControlAuditMetadata' --project=${projectOf(evidence)} --freshness=1h --limit=10`,
      },
    ],
  },
  {
    code: 'request_logs_excluded',
    signs: 'no request log at all, also of calls that work',
    refusedBy: 'nobody',
    certainty({ logs, requestLog }) {
      if (logs?.exclusion !== undefined && requestLog === 'absent') return 'certain'
      return logs?.hasRequestLog === false && requestLog === 'absent' ? 'likely' : undefined
    },
    sentence: ({ logs }) =>
      `There are no request logs of this service here: they are excluded, or go to another bucket${logs?.exclusion === undefined ? '' : ` (${logs.exclusion})`}.`,
    fix: (evidence) => [
      {
        words: 'where they go',
        command: `gcloud logging sinks list --project=${projectOf(evidence)}`,
      },
      {
        words: 'read them there',
        command: `countersign why --service ${serviceName(evidence)} --project ${projectOf(evidence)} --bucket BUCKET --view VIEW`,
      },
    ],
  },
]

function isInternal({ service }: Evidence): boolean {
  return service?.ingress?.startsWith('internal') ?? false
}

function wasCalled({ signed, anonymous }: Evidence): boolean {
  return signed !== undefined || anonymous !== undefined
}

/** Certain if Google's 404 was seen, or nothing was called; undefined if the call got further. */
function sure(evidence: Evidence): Certainty | undefined {
  if (!wasCalled(evidence)) return 'certain'
  const answer = (evidence.signed ?? evidence.anonymous) as Answer
  if (isGoogles404(answer)) return 'certain'
  return answer.status === 403 && refuserOf(answer) === 'the front door' ? 'possible' : undefined
}

function isGoogles404(answer: Answer | undefined): boolean {
  return answer?.status === 404 && refuserOf(answer) === 'the front door'
}

function isRunUrl({ url }: Evidence): boolean {
  return url !== undefined && (hostParts(url) !== undefined || /\.run\.app$/.test(hostOf(url)))
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

function originIn(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
