import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Line, lineTo } from '../processes/line.ts'
import { type Figures, figuresOf } from '../report/figures.ts'
import { shuffled } from '../report/statistics.ts'
import { printTable } from '../report/table.ts'
import type { Target } from '../report/targets.ts'
import { services } from './services.ts'
import type { Question } from './token-process.ts'

const contestants = ['bare', 'idToken', 'http'] as const
type Contestant = (typeof contestants)[number]

const names: Readonly<Record<Contestant, string>> = {
  bare: 'bare crypto.sign, RSA-2048',
  idToken: 'emulator.idToken',
  http: `${services} metadata servers, no token twice`,
}

const rounds = 9
const requests = 400
const inFlight = 16
const wanted = 2_000
/** Of what bare signing does; the rest is JSON, base64url and events. */
const share = 0.8

interface Turn {
  perSecond: number
}

/** Prints how many tokens it makes in a second of one core, beside how many RSA allows. */
export async function printTokens(): Promise<Target[]> {
  const line = lineTo(new URL('./token-process.ts', import.meta.url))
  const hosts = await line.answer<string[]>()
  const turns = await takeTurns(line, hosts)
  const megabytes = await line.ask<number>('megabytes' satisfies Question)
  line.end()
  const rows = contestants.map((one) => [
    names[one],
    turns.median(one, 'perSecond').toFixed(0),
    turns.ratio(one, 'bare', 'perSecond').toFixed(2),
  ])
  printTable('Tokens in a second of CPU', ['', 'tokens/s', 'of bare'], rows)
  const memory = { what: 'memory, every service has its token', measured: megabytes }
  return [tokensTarget(turns), { ...memory, atMost: 200, unit: 'MB' }]
}

/** 2,000 tokens, or as many as signing allows on a slower core: the name says which it was. */
function tokensTarget(turns: Figures<Contestant, Turn>): Target {
  const { median, ratio } = turns
  if (median('bare', 'perSecond') * share >= wanted) {
    const measured = median('idToken', 'perSecond')
    return { what: 'tokens made', measured, atLeast: wanted, unit: '/s' }
  }
  const what = `tokens made (this core can't sign for ${wanted}/s)`
  const measured = ratio('idToken', 'bare', 'perSecond')
  return { what, measured, atLeast: share, unit: 'x bare' }
}

async function takeTurns(line: Line, hosts: readonly string[]): Promise<Figures<Contestant, Turn>> {
  const turns = new Map<Contestant, Turn[]>(contestants.map((one) => [one, []]))
  for (let round = -1; round < rounds; round += 1) {
    for (const one of shuffled(contestants, round + 1)) {
      const perSecond = one === 'http' ? await overHttp(line, hosts) : await line.ask<number>(one)
      // The first round only warms up.
      if (round >= 0) turns.get(one)?.push({ perSecond })
    }
  }
  return figuresOf(turns)
}

const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
let asked = 0

async function overHttp(line: Line, hosts: readonly string[]): Promise<number> {
  const begun = await line.ask<number>('cpu')
  let left = requests
  const askOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await fetchToken(hosts[left % hosts.length] ?? '')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, askOn))
  return (requests * 1_000_000) / ((await line.ask<number>('cpu')) - begun)
}

/** For an audience that nobody has asked for: the metadata server has to make it. */
async function fetchToken(host: string): Promise<void> {
  asked += 1
  const path = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${asked}`
  const url = `http://${host}${path}`
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { 'metadata-flavor': 'Google' }
    get(url, { agent, headers }, (response) => resolve(text(response))).on('error', reject)
  })
  if (answer.split('.').length !== 3) throw new Error(`no token: ${answer.slice(0, 50)}`)
}
