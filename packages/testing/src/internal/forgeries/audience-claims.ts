import type { ClaimsDraft } from './claims-draft.ts'
import type { Workshop } from './workshop.ts'

/** A service that one calls could send the token on: `aud` keeps it from being good elsewhere. */
export function audienceClaims({ target: { audience } }: Workshop): ClaimsDraft[] {
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
      why: 'whoever answers at that address could get such a token, and send it here',
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
    why: "Google's aud is one text; what a comparison makes of anything else is anybody's guess",
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
    why: "Cloud Run accepts every developer's token with it; it is meant for no service",
    code: 'audience_mismatch',
    claims: { aud },
  }))
}
