import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { audience, email } from './_names.ts'

const connections = 8
const atOnce = 50

/** Statuses and `Countersign-Code`s, and how often each came. */
export type Codes = Record<string, number>

/**
 * Sends tokens with as many unknown key ids, in pipelines over raw sockets: a client such as fetch
 * would take more of the CPU than the service under attack.
 */
export async function flood(url: string, count: number, now: number): Promise<Codes> {
  const codes: Codes = {}
  const each = Math.ceil(count / connections)
  const floods = Array.from({ length: connections }, (_, index) =>
    floodOnce(url, { first: index * each, count: each, now, codes }),
  )
  await Promise.all(floods)
  return codes
}

interface Share {
  first: number
  count: number
  now: number
  codes: Codes
}

async function floodOnce(url: string, { first, count, now, codes }: Share): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setEncoding('latin1')
  let left = count
  while (left > 0) {
    const size = Math.min(atOnce, left)
    const kids = Array.from({ length: size }, (_, index) => `junk-${now}-${first + left - index}`)
    socket.write(kids.map((kid) => requestWith(junkToken(kid, now))).join(''))
    await answers(socket, size, codes)
    left -= size
  }
  socket.destroy()
}

const head = /HTTP\/1\.1 (\d{3})[\s\S]*?countersign-code: (\w+)/g

/** Reads so many answers of refusal, by their heads alone. */
async function answers(socket: Socket, expected: number, codes: Codes): Promise<void> {
  let text = ''
  let read = 0
  while (read < expected) {
    const [chunk] = (await once(socket, 'data')) as [string]
    text += chunk
    let end = 0
    for (const match of text.matchAll(head)) {
      const code = `${match[1]} ${match[2]}`
      codes[code] = (codes[code] ?? 0) + 1
      read += 1
      end = match.index + match[0].length
    }
    text = text.slice(end)
  }
}

function requestWith(token: string): string {
  return `GET /profiles/7 HTTP/1.1\r\nhost: service\r\nauthorization: Bearer ${token}\r\n\r\n`
}

const signature = Buffer.alloc(256, 7).toString('base64url')

/** All claims are right, so that the key is what is asked for. */
function junkToken(kid: string, now: number): string {
  const iat = Math.floor(now / 1000)
  const header = { alg: 'RS256', kid, typ: 'JWT' }
  const iss = 'https://accounts.google.com'
  const claims = { iss, aud: audience, sub: '1', email, email_verified: true, iat, exp: iat + 3600 }
  return `${encoded(header)}.${encoded(claims)}.${signature}`
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
