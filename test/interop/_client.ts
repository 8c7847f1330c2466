import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from './_run.ts'
import { sources, type Toolchain } from './_toolchains.ts'
import type { Credential, World } from './_world.ts'

/** A program of a client's, and what it finds in its environment beside the emulator. */
export type Program = Pick<Command, 'args' | 'env'>

/** One of Google's clients, unmodified. */
export interface Client {
  readonly name: string
  readonly toolchain: Toolchain
  /** GETs `world.url` with a token for `audience` and prints the answer. */
  call(world: World, credential: Credential): Program
  /** As whom that arrives; or which of Google's hosts the client asks, whatever it is told. */
  readonly arrives: Readonly<Partial<Record<Credential, Arrival>>>
  /** Google's sample in this language, its placeholders filled in: prints the answer. */
  sample?(world: World): Program | Promise<Program>
  /** The client's verifier, and login alone on its list: a line of outcome for a line of token. */
  readonly verify?: Program
  /** The guard that its recipes begin with: a line of outcome for a line of environment. */
  readonly guard?: Program
}

/** What becomes of a call. */
export type Arrival = { readonly as: string } | { readonly fixedHost: string }

/** Where clients ask for ID tokens that have no setting for it. */
export const tokenEndpoint = { fixedHost: 'oauth2.googleapis.com' }
export const iamCredentials = { fixedHost: 'iamcredentials.googleapis.com' }

/** Application Default Credentials. */
export function defaultCredentials({ files }: World, credential: Credential): NodeJS.ProcessEnv {
  return credential === 'metadata' ? {} : { GOOGLE_APPLICATION_CREDENTIALS: files[credential] }
}

/** The version that a file of a client's asks for. */
export function pinned(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(join(sources, file), 'utf8')) ?? []
  if (!version) throw new Error(`${file} pins no version`)
  return version.trim()
}
