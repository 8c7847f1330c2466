import { accountClaims } from './account-claims.ts'
import { timeClaims } from './time-claims.ts'
import type { ClaimsDraft, Draft, Workshop } from './workshop.ts'

/** Tokens with the genuine key's signature, and claims that this receiver has to refuse. */
export function claimForgeries(workshop: Workshop): Draft[] {
  const families = [issuerClaims, audienceClaims, timeClaims, accountClaims]
  const drafts = families
    .flatMap((family) => family(workshop))
    .map(({ claims, ...draft }) => ({ ...draft, token: workshop.token({ claims }) }))
  return [...drafts, ...onlyInJson(workshop)]
}

/** Google names itself in two forms, and no third one. */
function issuerClaims({ target }: Workshop): ClaimsDraft[] {
  const issuers: Record<string, unknown> = {
    missing: undefined,
    empty: '',
    null: null,
    'over http': 'http://accounts.google.com',
    'with a slash': 'https://accounts.google.com/',
    'in upper case': 'HTTPS://ACCOUNTS.GOOGLE.COM',
    'with a space': 'https://accounts.google.com ',
    'with a suffix': 'https://accounts.google.com.evil.example',
    'with Google as the user': 'https://accounts.google.com@evil.example',
    'a list': ['https://accounts.google.com'],
    "the service account's own, self-signed": target.email,
    "Firebase's": 'https://securetoken.google.com/acme',
    "Identity-Aware Proxy's": 'https://cloud.google.com/iap',
  }
  return Object.entries(issuers).map(([what, iss]) => ({
    name: `iss ${what}`,
    why: 'iss is one of two exact texts; a similar text is another issuer',
    code: 'issuer_mismatch',
    claims: { iss },
  }))
}

/** A service could forward the tokens that it receives: `aud` makes them worthless elsewhere. */
function audienceClaims({ target: { audience } }: Workshop): ClaimsDraft[] {
  return [...resembling(audience), ...otherTypes(audience), ...ofHumans()]
}

function resembling(audience: string): ClaimsDraft[] {
  const audiences = {
    'of another service': 'https://another-service-123.us-central1.run.app',
    'with a slash': `${audience}/`,
    'with a path': `${audience}/admin`,
    'with a query': `${audience}?`,
    'with a port': `${audience}:443`,
    'with a dot at the end': `${audience}.`,
    'with a suffix': `${audience}.evil.example`,
    'with a space': ` ${audience}`,
    'without its last letter': audience.slice(0, -1),
    'in upper case': audience.toUpperCase(),
    'over http': audience.replace(/^https:/, 'http:'),
    'without its scheme': audience.replace(/^https:\/\//, ''),
    'with a user in front': audience.replace('://', '://user@'),
    'with a revision tag': audience.replace('://', '://green---'),
  }
  return Object.entries(audiences)
    .filter(([, aud]) => aud !== audience)
    .map(([what, aud]) => ({
      name: `aud ${what}`,
      why: 'a service at that address could receive such a token, and send it here',
      code: 'audience_mismatch',
      claims: { aud },
    }))
}

function otherTypes(audience: string): ClaimsDraft[] {
  const audiences: Record<string, unknown> = {
    missing: undefined,
    empty: '',
    null: null,
    'a number': 1,
    true: true,
    'a list of the right one': [audience],
    'a list with the right one in it': ['https://evil.example', audience],
    'an object': { [audience]: true },
  }
  return Object.entries(audiences).map(([what, aud]) => ({
    name: `aud ${what}`,
    why: "Google's aud is one text; a comparison with anything else can give any result",
    code: 'audience_mismatch',
    claims: { aud },
  }))
}

/** The client ids that are `aud` in the tokens of people who logged in with gcloud. */
function ofHumans(): ClaimsDraft[] {
  const clients = {
    'gcloud auth login': '32555940559.apps.googleusercontent.com',
    'gcloud auth application-default login':
      '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  }
  return Object.entries(clients).map(([command, aud]) => ({
    name: `aud of ${command}`,
    why: "Cloud Run accepts every developer's token with it; it is not meant for any service",
    code: 'audience_mismatch',
    claims: { aud },
  }))
}

/** Claims that can be written in JSON, but not in a JavaScript object. */
function onlyInJson({ token, claims }: Workshop): Draft[] {
  const json = JSON.stringify(claims)
  const twice = 'readers of JSON differ on which of two equal claims counts; ours take the last'
  return [
    {
      name: 'exp 1e999',
      why: 'it is read as Infinity, and the token never expires',
      code: 'claim_invalid',
      token: token({ rawPayload: json.replace(/"exp":\d+/, '"exp":1e999') }),
    },
    {
      name: 'aud twice, the right one first',
      why: twice,
      code: 'audience_mismatch',
      token: token({ rawPayload: withMore(json, { aud: 'https://evil.example' }) }),
    },
    {
      name: "email twice, the caller's first",
      why: twice,
      code: 'caller_not_allowed',
      token: token({
        rawPayload: withMore(json, { email: 'stranger@evil.iam.gserviceaccount.com' }),
      }),
    },
  ]
}

function withMore(json: string, claims: object): string {
  return `${json.slice(0, -1)},${JSON.stringify(claims).slice(1)}`
}
