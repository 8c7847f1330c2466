import type { DrillOptions } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { checkDrill } from '../../../src/drills/check-drill.ts'
import {
  drillOptions,
  emptyDrill,
  endpointChoices,
  endpointsFor,
  faultChoices,
  isPerService,
} from '../../src/drills/drill-form.ts'

const services = new Map([['login', {}]])
const faultKinds = Object.keys(faultChoices) as (keyof typeof faultChoices)[]
const endpoints = Object.keys(endpointChoices) as (keyof typeof endpointChoices)[]

function isTaken(options: DrillOptions): boolean {
  try {
    return Boolean(checkDrill(options, services))
  } catch {
    return false
  }
}

test('every fault is offered at exactly the endpoints where the emulator accepts it', () => {
  for (const kind of faultKinds) {
    const taken = endpoints.filter((endpoint) =>
      isTaken({ ...drillOptions({ ...emptyDrill, kind }), endpoint }),
    )
    expect(endpointsFor(kind), kind).toEqual(taken)
    expect(isTaken(drillOptions({ ...emptyDrill, kind })), kind).toBe(true)
    expect(faultChoices[kind].name).not.toBe('')
  }
})

test('faults and endpoints are all that there are', () => {
  expect(faultKinds.length).toBe(10)
  expect(endpointsFor('delay')).toEqual(endpoints)
})

test('metadata servers and front doors belong to one service each, other endpoints to all', () => {
  expect(endpoints.filter(isPerService)).toEqual([
    ...['identity', 'access-token', 'metadata', 'front-door'],
  ])
})
