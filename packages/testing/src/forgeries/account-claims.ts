import type { DenialCode } from '@countersign/receiver'
import type { ClaimsDraft, Workshop } from './workshop.ts'

/** Anybody with a Google account can get a genuine token for any `aud`: the account has to be checked. */
export function accountClaims(workshop: Workshop): ClaimsDraft[] {
  return [
    ...strangers(workshop),
    ...noAccounts(workshop),
    ...noEmails(workshop),
    ...unverified(),
    ...subjects(workshop),
    ...prototypes(workshop),
  ]
}

function strangers({ target: { email } }: Workshop): ClaimsDraft[] {
  const [name = '', domain = ''] = email.split('@')
  const emails = {
    "a stranger's": 'stranger@evil.iam.gserviceaccount.com',
    "another project's account of the same name": `${name}@evil-${domain}`,
    'the name in upper case': `${name.toUpperCase()}@${domain}`,
    'a letter that only looks the same': `${withHomoglyph(name)}@${domain}`,
    'a letter in front': `x${email}`,
    'a space in front': ` ${email}`,
    'a subaddress': `${name}+evil@${domain}`,
    'a NUL in the name': `${name}\u0000@${domain}`,
  }
  return Object.entries(emails)
    .filter(([, other]) => other !== email)
    .map(([what, other]) => ({
      name: `email: ${what}`,
      why: 'a genuine token proves who calls, not that they may call',
      code: 'caller_not_allowed',
      claims: { email: other },
    }))
}

/** Cyrillic letters that look the same. */
const homoglyphs: Record<string, string> = {
  a: 'а',
  c: 'с',
  e: 'е',
  o: 'о',
  p: 'р',
  s: 'ѕ',
  i: 'і',
}

function withHomoglyph(name: string): string {
  const changed = name.replace(/[aceopsi]/, (letter) => homoglyphs[letter] ?? letter)
  return changed === name ? `${name}о` : changed
}

function noAccounts({ target: { email } }: Workshop): ClaimsDraft[] {
  const emails = {
    "a person's": 'person@gmail.com',
    "a Workspace user's": 'person@acme.example',
    'with a suffix': `${email}.evil.example`,
    'with a NUL after it': `${email}\u0000`,
    'in upper case': email.toUpperCase(),
    'with two @': email.replace('@', '@evil@'),
    'of a look-alike domain': 'login@evilgserviceaccount.com',
  }
  return Object.entries(emails).map(([what, other]) => ({
    name: `email: ${what}`,
    why: "people's tokens have the same issuer and the same keys as those of service accounts",
    code: 'not_a_service_account',
    claims: { email: other },
  }))
}

function noEmails({ target: { email } }: Workshop): ClaimsDraft[] {
  const emails: Record<string, unknown> = {
    null: null,
    empty: '',
    'a list': [email],
    'an object': { email },
    true: true,
  }
  const why = 'a value that is not a text can still compare as equal, or be found in a list'
  return [
    {
      name: 'email missing',
      why: 'tokens from Compute Engine without format=full are genuine, but name no account',
      code: 'email_missing',
      claims: { email: undefined, email_verified: undefined },
    },
    ...Object.entries(emails).map(([what, value]): ClaimsDraft => {
      return { name: `email ${what}`, why, code: 'claim_invalid', claims: { email: value } }
    }),
  ]
}

function unverified(): ClaimsDraft[] {
  const values: Record<string, unknown> = {
    missing: undefined,
    false: false,
    null: null,
    'the text "true"': 'true',
    'the number 1': 1,
    'a list': [true],
  }
  return Object.entries(values).map(([what, value]) => ({
    name: `email_verified ${what}`,
    why: 'an account can claim an email without proving that it owns it',
    code: 'email_unverified',
    claims: { email_verified: value },
  }))
}

function subjects({ target, pinsSubject }: Workshop): ClaimsDraft[] {
  const values: Record<string, unknown> = {
    missing: undefined,
    null: null,
    empty: '',
    'a number': Number(target.subject),
    'a list': [target.subject],
  }
  const drafts = Object.entries(values).map(([what, sub]): ClaimsDraft => {
    const why = 'sub is the account; the email is only its name'
    return { name: `sub ${what}`, why, code: 'claim_invalid', claims: { sub } }
  })
  return pinsSubject ? [...drafts, recreated()] : drafts
}

/** For IAM, too, this is another account. */
function recreated(): ClaimsDraft {
  const sub = `1${'0'.repeat(20)}`
  return {
    name: 'the account deleted and created again',
    why: 'a new account with the same email must not get the rights of the old one',
    code: 'subject_mismatch',
    claims: { sub, azp: sub },
  }
}

/** `JSON.parse` makes `__proto__` an own property; copying it can set the prototype. */
function prototypes({ claims: { email } }: Workshop): ClaimsDraft[] {
  const hidden = { email, email_verified: true }
  const code: DenialCode = 'email_missing'
  const why = 'an inherited property is not a claim of the token'
  const without = { email: undefined, email_verified: undefined }
  return [
    { name: 'email in __proto__', why, code, claims: { ...without, ['__proto__']: hidden } },
    {
      name: 'email in constructor.prototype',
      why,
      code,
      claims: { ...without, constructor: { prototype: hidden } },
    },
  ]
}
