import type { HeadersDraft, Workshop } from './workshop.ts'

/** Genuine tokens in the wrong place, twice, or in a wrong form. */
export function httpForgeries(workshop: Workshop): HeadersDraft[] {
  return [...nothing(workshop), ...otherHeaders(workshop), ...several(workshop)]
}

function nothing({ token, target }: Workshop): HeadersDraft[] {
  const name = target.tokenHeader
  const basic = Buffer.from(`${target.email}:password`).toString('base64')
  const values = {
    'no token, another header': undefined,
    'the header, empty': '',
    'Bearer and nothing after it': 'Bearer',
    'a token without its scheme': token(),
    'the scheme Basic': `Basic ${basic}`,
    'the scheme Basic with a token': `Basic ${token()}`,
    'the scheme JWT': `JWT ${token()}`,
    'the scheme DPoP': `DPoP ${token()}`,
    'a colon after the scheme': `Bearer: ${token()}`,
    'no space after the scheme': `Bearer${token()}`,
    'a tab after the scheme': `Bearer\t${token()}`,
    'another scheme in front': `Basic ${basic} Bearer ${token()}`,
  }
  return Object.entries(values).map(([what, value]) => ({
    name: what,
    why: 'a bearer token is sent in one way (RFC 6750 section 2.1)',
    code: 'token_missing',
    headers: value === undefined ? [{ name: 'accept', value: '*/*' }] : [{ name, value }],
  }))
}

/** Headers that Google's products set in front of a service, and that anybody can set. */
function otherHeaders({ token, target }: Workshop): HeadersDraft[] {
  const bearer = `Bearer ${token()}`
  const headers = {
    authorization: bearer,
    'x-caller-authorization': bearer,
    'x-serverless-authorization': bearer,
    'x-forwarded-authorization': bearer,
    'x-original-authorization': bearer,
    'x-goog-iap-jwt-assertion': token(),
    'x-goog-authenticated-user-email': `accounts.google.com:${target.email}`,
    'x-apigateway-api-userinfo': token().split('.')[1] ?? '',
    'x-cloudtasks-queuename': 'orders',
    'x-cloudscheduler': 'true',
    cookie: `token=${token()}`,
  }
  return Object.entries(headers)
    .filter(([name]) => name !== target.tokenHeader)
    .map(([name, value]) => ({
      name: `${name} instead of ${target.tokenHeader}`,
      why: 'a service that reads it believes anybody who can reach it directly',
      code: 'token_missing',
      headers: [{ name, value }],
    }))
}

function several({ token, target }: Workshop): HeadersDraft[] {
  const name = target.tokenHeader
  const genuine = token()
  const other = token({ claims: { email: 'stranger@evil.iam.gserviceaccount.com' } })
  const header = (value: string) => ({ name, value })
  const calls = {
    'two headers, a token each': [header(`Bearer ${genuine}`), header(`Bearer ${other}`)],
    'two headers, the genuine one last': [header(`Bearer ${other}`), header(`Bearer ${genuine}`)],
    'the same header twice': [header(`Bearer ${genuine}`), header(`Bearer ${genuine}`)],
    'two headers of different case': [
      { name: name.toUpperCase(), value: `Bearer ${genuine}` },
      header(`Bearer ${other}`),
    ],
    'two credentials with a comma': [header(`Bearer ${genuine}, Bearer ${other}`)],
    'two tokens with a comma': [header(`Bearer ${genuine},${other}`)],
  }
  return Object.entries(calls).map(([what, headers]) => ({
    name: what,
    why: 'a proxy that reads one of them and a service that reads the other disagree on who calls',
    code: 'token_ambiguous',
    headers,
  }))
}
