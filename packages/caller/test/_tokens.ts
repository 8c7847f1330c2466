import type { IdentitySource } from '@countersign/caller'

/** A clock that stands still until it is moved. */
export interface TestClock {
  (): number
  forward(ms: number): void
}

export function createClock(startMs = Date.UTC(2027, 0, 1)): TestClock {
  let at = startMs
  return Object.assign(() => at, {
    forward: (ms: number) => {
      at += ms
    },
  })
}

/** Something of a token's shape. Its signature is nothing: the caller never checks one. */
export function shapeToken(claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [
    encode({ alg: 'RS256', kid: 'test', typ: 'JWT' }),
    encode(claims),
    Buffer.from(`signature ${Math.random()}`).toString('base64url'),
  ].join('.')
}

/** An identity source that hands out a new token each time, and counts. */
export interface TestIdentity extends IdentitySource {
  minted: string[]
}

export function createIdentity(now: () => number = Date.now, lifetimeS = 3600): TestIdentity {
  const minted: string[] = []
  return {
    minted,
    async idToken(aud) {
      const iat = Math.floor(now() / 1000)
      const token = shapeToken({ aud, iat, exp: iat + lifetimeS })
      minted.push(token)
      return token
    },
  }
}
