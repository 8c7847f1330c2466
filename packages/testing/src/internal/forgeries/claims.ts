import { accountClaims } from './account-claims.ts'
import { audienceClaims } from './audience-claims.ts'
import type { Draft } from './draft.ts'
import { issuerClaims } from './issuer-claims.ts'
import { timeClaims } from './time-claims.ts'
import type { Workshop } from './workshop.ts'

/** Tokens with the genuine key's signature, and claims that are not for this receiver. */
export function claimForgeries(workshop: Workshop): Draft[] {
  const families = [issuerClaims, audienceClaims, timeClaims, accountClaims]
  const drafts = families
    .flatMap((family) => family(workshop))
    .map(({ claims, ...draft }) => ({ ...draft, token: workshop.token({ claims }) }))
  return [...drafts, ...onlyInJson(workshop)]
}

/** What no JavaScript object holds, but a text of JSON does. */
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
