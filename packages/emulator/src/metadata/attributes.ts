import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Handler, type Reply, type RoutedRequest, text } from '../http/route.ts'
import { type Container, notFound } from './container.ts'

/** A value or a directory. `undefined` is listed in its directory, but another route answers it. */
type Entry = string | number | readonly string[] | undefined | Directory
interface Directory {
  [name: string]: Entry
}

/**
 * Everything of the metadata server except tokens: values as text, directories as listings, or as
 * JSON with `?recursive=true`. Clients probe the root, `/computeMetadata/v1/` and
 * `/computeMetadata/v1/instance` to find out whether they are on Google Cloud.
 *
 * @see https://cloud.google.com/run/docs/container-contract#metadata-server
 */
export function attributesHandler(container: Container): Handler {
  const root = attributesOf(container)
  return (request, { path = '' }) => {
    const segments = path.split('/').filter((segment) => segment !== '')
    const found = segments.reduce<Entry>(child, root)
    return found === undefined ? notFound() : watched(show(found, request), request)
  }
}

function attributesOf({ account, project }: Container): Directory {
  const identity = {
    aliases: ['default'],
    email: account.email,
    identity: undefined,
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    token: undefined,
  }
  const place = `projects/${project.number}`
  const instance = {
    id: '1000000000000000001',
    region: `${place}/regions/${project.region}`,
    'service-accounts': { default: identity, [account.email]: identity },
    zone: `${place}/zones/${project.region}-1`,
  }
  const names = { 'numeric-project-id': Number(project.number), 'project-id': project.id }
  const universe = { 'universe-domain': 'googleapis.com' }
  return { computeMetadata: { v1: { instance, project: names, universe } } }
}

function child(entry: Entry, name: string): Entry {
  return isDirectory(entry) && Object.hasOwn(entry, name) ? entry[name] : undefined
}

function show(entry: NonNullable<Entry>, { query }: RoutedRequest): Reply {
  const isRecursive = isTrue(query.get('recursive'))
  const format = query.get('alt') ?? (isRecursive ? 'json' : 'text')
  if (format === 'json') {
    return { status: 200, headers: jsonType, body: JSON.stringify(camelCased(entry)) }
  }
  const shown = isRecursive ? flattened : listing
  return { ...text(200, isDirectory(entry) ? shown(entry) : lines(entry)), headers: textType }
}

const textType = { 'content-type': 'application/text' }
const jsonType = { 'content-type': 'application/json' }

function listing(directory: Directory): string {
  return Object.entries(directory)
    .map(([name, entry]) => (isDirectory(entry) ? `${name}/\n` : `${name}\n`))
    .join('')
}

/** One line for each value: its path, a space, and the value. */
function flattened(directory: Directory, before = ''): string {
  return Object.entries(directory)
    .flatMap(([name, entry]) => {
      if (isDirectory(entry)) return flattened(entry, `${before}${name}/`)
      return [entry ?? []].flat().map((value) => `${before}${name} ${value}\n`)
    })
    .join('')
}

function lines(value: string | number | readonly string[]): string {
  return typeof value === 'object' ? value.map((line) => `${line}\n`).join('') : String(value)
}

/** In JSON `numeric-project-id` is `numericProjectId`; emails stay as they are. */
function camelCased(entry: Entry): unknown {
  if (!isDirectory(entry)) return entry
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name.includes('@') ? name : name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()),
      camelCased(value),
    ]),
  )
}

function isDirectory(entry: Entry): entry is Directory {
  return typeof entry === 'object' && !Array.isArray(entry)
}

/** The longest delay of a timer: a longer one would end at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Adds the `ETag` to an answer, after the requested wait: `wait_for_change=true` waits for another
 * `ETag` than `last_etag`, for at most `timeout_sec`. The metadata of an emulator never changes, so
 * a wait lasts for `timeout_sec`, or until the client disconnects.
 *
 * @see https://cloud.google.com/compute/docs/metadata/querying-metadata#waitforchange
 */
async function watched(reply: Reply, request: RoutedRequest): Promise<Reply> {
  const etag = createHash('sha256').update(reply.body).digest('hex').slice(0, 16)
  if (isTrue(request.query.get('wait_for_change')) && isKnown(etag, request)) await timeout(request)
  return { ...reply, headers: { ...reply.headers, etag } }
}

/** Whether a parameter is `true`, in lower or upper case. */
function isTrue(value: string | null): boolean {
  return value?.toLowerCase() === 'true'
}

/** Without `last_etag` the current `ETag` counts as known. */
function isKnown(etag: string, { query }: RoutedRequest): boolean {
  return (query.get('last_etag') ?? etag) === etag
}

async function timeout({ query, gone }: RoutedRequest): Promise<void> {
  const asked = query.get('timeout_sec') ?? ''
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : longestTimerMs
  await wait(Math.min(ms, longestTimerMs), undefined, { signal: gone() }).catch(() => undefined)
}
