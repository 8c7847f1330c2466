/** What a server process is told of each server: which app, and where the keys are. */
export interface Setting {
  framework: 'express' | 'koa'
  guard: string
  /** JWK set and certificates, over http on loopback. */
  keysUrl: string
  certificatesUrl: string
  /** The public key for those who are given one by hand. */
  publicKeyPem: string
}

/** Reads the settings that `serverProcess` wrote. */
export function settingsOf(text: string | undefined): Setting[] {
  return JSON.parse(text ?? '') as Setting[]
}
