/**
 * Runs the race of those who have just started, in a process of its own: what ours logs goes to its
 * stdout, as in a service.
 */
import { createIssuer } from '../tokens/issuer.ts'
import { makeCases } from './cases.ts'
import { coldDistinctCount, coldRace } from './cold-race.ts'
import { contenderMakers } from './contenders/all.ts'
import { countersignLogging } from './contenders/countersign.ts'

const issuer = createIssuer()
const cases = await makeCases(issuer, { first: 0, distinctCount: coldDistinctCount })
const [, ...peers] = contenderMakers
process.send?.(await coldRace(issuer, [countersignLogging, ...peers], cases))
process.disconnect()
