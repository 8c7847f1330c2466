import { change, originOf, runServices, urlOf } from './commands.ts'
import type { Certainty, Evidence, KnownCause } from './evidence.ts'
import { isFrontDoors, isReceivers, refusalOf } from './refusal.ts'

/** Causes in the `aud` of the token. Both the front door and verifyCaller compare it exactly. */
export const audienceCauses: readonly KnownCause[] = [
  {
    code: 'audience_has_path',
    signs:
      '401; `audience_mismatch`; the `aud` is the URL with a path, as in `https://…run.app/profiles`',
    refusedBy: 'the front door',
    certainty: (evidence) => ifWrong(evidence, hasPath),
    sentence: (evidence) =>
      `The aud of the token${shown(evidence)} has a path. Cloud Run wants the service's URL without one.`,
    fix: useOrigin,
  },
  {
    code: 'audience_has_slash',
    signs: '`audience_mismatch`; the `aud` ends with `/`',
    refusedBy: 'the receiver',
    certainty: (evidence) => ifWrong(evidence, hasSlash),
    sentence: (evidence) =>
      `The aud of the token${shown(evidence)} ends with a slash. verifyCaller compares it exactly, and wants none.`,
    fix: useOrigin,
  },
  {
    code: 'audience_other_url',
    signs:
      "`audience_mismatch`; Cloud Run lets the call in; the `aud` is another of the service's URLs (`…-4x2.a.run.app`)",
    refusedBy: 'the receiver',
    certainty: (evidence) => ifWrong(evidence, isOtherUrl),
    sentence: (evidence) =>
      `The aud of the token${shown(evidence)} is another of the service's URLs, which the receiver does not have in its list.`,
    fix: (evidence) => [
      { words: `use ${originOf(evidence)} as audience in the caller` },
      { words: 'or add the other URL to "audiences" of the service in countersign.jsonc' },
    ],
  },
  {
    code: 'audience_custom_domain',
    signs: '401 at a custom domain, while the `run.app` URL works',
    refusedBy: 'the front door',
    certainty: customDomain,
    sentence: (evidence) =>
      `The aud of the token${shown(evidence)} is a custom domain that the service does not have as a custom audience.`,
    fix: (evidence) => [
      ...change(
        runServices('update', evidence, `--add-custom-audiences=${originOf(evidence)}`),
        evidence,
      ),
      { words: 'and list it under "audiences" of the service in countersign.jsonc' },
    ],
  },
  {
    code: 'audience_mismatch',
    signs: "401; `audience_mismatch`; the `aud` is another service's",
    refusedBy: 'the front door',
    certainty: (evidence) =>
      audienceOf(evidence) === undefined && isReceivers(evidence, 'audience_mismatch')
        ? 'certain'
        : ifWrong(evidence, isOther),
    sentence: (evidence) =>
      `The aud of the token${shown(evidence)} is not one of the service's. Perhaps it is for another service, or for another environment.`,
    fix: useOrigin,
  },
]

function useOrigin(evidence: Evidence) {
  const audience = rightAudience(evidence)
  return [
    { words: `ask for a token with the audience ${audience}` },
    {
      words: 'see it work',
      command: `countersign call ${urlOf(evidence)} --audience ${audience}`,
    },
  ]
}

/** A front door of the emulator stands for the URL in production. */
function rightAudience(evidence: Evidence): string {
  const { denial, service, isEmulated } = evidence
  const [first = ''] = (denial?.expected ?? '').split(/[ ,]+/)
  const audience = isEmulated ? (service?.urls?.[0] ?? first) : first
  return /^https:\/\/[\w.:-]{1,300}$/.test(audience) ? audience : originOf(evidence)
}

function audienceOf({ token, denial }: Evidence): string | undefined {
  return token?.audience ?? (denial?.code === 'audience_mismatch' ? denial.got : undefined)
}

function shown(evidence: Evidence): string {
  const audience = audienceOf(evidence)
  return audience === undefined ? '' : `, ${audience},`
}

/**
 * How sure it is that an audience of this form is why: certain if the receiver or nobody but the aud can
 * be it, likely if the front door refused with its 401, undefined if the call was not refused for its token.
 */
function ifWrong(
  evidence: Evidence,
  isOfThisForm: (audience: string, evidence: Evidence) => boolean,
): Certainty | undefined {
  const audience = audienceOf(evidence)
  if (audience === undefined || isPersons(audience)) return undefined
  if (isAccepted(audience, evidence) || !isOfThisForm(audience, evidence)) return undefined
  if (isReceivers(evidence, 'audience_mismatch')) return 'certain'
  // Not all of the service's URLs are known, so this can be one of them.
  if (isFrontDoors(evidence, 401)) return evidence.service?.urls ? 'certain' : 'likely'
  // Nothing was sent, since the token is for something else.
  const wasSent = refusalOf(evidence) !== undefined || evidence.signed !== undefined
  return wasSent ? undefined : 'certain'
}

function isPersons(audience: string): boolean {
  return audience.endsWith('.apps.googleusercontent.com')
}

/** Whether the receiver's list is known, and the audience stands in it. */
function isAccepted(audience: string, evidence: Evidence): boolean {
  const { service, url } = evidence
  if (isReceivers(evidence, 'audience_mismatch')) return false
  if (service?.customAudiences?.includes(audience)) return true
  if (isFunction(url) && url?.startsWith(audience)) return true
  const urls = [...(service?.urls ?? []), ...(isRunUrl(url) ? [originOf(evidence)] : [])]
  return urls.includes(audience)
}

function hasPath(audience: string, evidence: Evidence): boolean {
  if (!URL.canParse(audience) || isFunction(audience)) return false
  const { origin, pathname, search } = new URL(audience)
  const isOwn = originsOf(evidence).includes(origin)
  return isOwn && (pathname !== '/' || search !== '')
}

function hasSlash(audience: string, evidence: Evidence): boolean {
  return audience.endsWith('/') && originsOf(evidence).includes(audience.slice(0, -1))
}

function isOtherUrl(audience: string, evidence: Evidence): boolean {
  const isOwn = evidence.service?.urls?.includes(audience) ?? false
  return isOwn && isReceivers(evidence, 'audience_mismatch')
}

function isOther(audience: string, evidence: Evidence): boolean {
  if (customDomain(evidence) !== undefined) return false
  const forms = [hasPath, hasSlash, isOtherUrl]
  return originsOf(evidence).length > 0 && !forms.some((is) => is(audience, evidence))
}

function customDomain(evidence: Evidence): Certainty | undefined {
  const { url, service } = evidence
  const audience = audienceOf(evidence)
  if (!isFrontDoors(evidence, 401) || url === undefined || isRunUrl(url)) return undefined
  if (isFunction(url) || isLoopback(url) || audience !== originOf(evidence)) return undefined
  if (service?.customAudiences?.includes(audience)) return undefined
  return service?.customAudiences ? 'certain' : 'likely'
}

function originsOf(evidence: Evidence): readonly string[] {
  const { url, service, denial } = evidence
  const expected =
    denial?.code === 'audience_mismatch' ? (denial.expected ?? '').split(/[ ,]+/) : []
  const own = url === undefined ? [] : [originOf(evidence)]
  return [...own, ...(service?.urls ?? []), ...expected].filter((one) => one !== '')
}

function isRunUrl(url = ''): boolean {
  return URL.canParse(url) && /\.run\.app$/.test(new URL(url).hostname)
}

function isFunction(url = ''): boolean {
  return URL.canParse(url) && /\.cloudfunctions\.net$/.test(new URL(url).hostname)
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname)
}
