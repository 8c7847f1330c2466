import { expect, test } from 'vitest'
import { type GraphLayout, labelOf, layOut, pathThrough } from '../../src/graph/graph-layout.ts'
import { graphOf, keyOf } from '../../src/graph/service-graph.ts'
import { accountOf, call, stateOf } from '../events.ts'

const edges = [
  { from: 'website', to: 'login' },
  { from: 'website', to: 'search' },
  { from: 'login', to: 'search' },
  { from: 'search', to: 'login' },
]
const state = stateOf(['website', 'login', 'search', 'alone'], edges)

function boxOf({ nodes }: GraphLayout, id: string) {
  const { x, y, width, height } = nodes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 }
}

test.each(['right', 'down'] as const)('everything is within a diagram to the %s', (direction) => {
  const graph = graphOf(state, [call()])
  const { nodes, edges: ways, width, height } = layOut(graph, direction)
  expect([nodes.size, ways.size]).toEqual([graph.nodes.length, graph.edges.length])
  const points = [...ways.values()].flatMap((way) => [...way.points, way.label])
  for (const { x, y } of [...nodes.values(), ...points]) {
    expect(x > 0 && x < width && y > 0 && y < height).toBe(true)
  }
})

test('no two boxes overlap', () => {
  const layout = layOut(graphOf(state, []))
  const boxes = [...layout.nodes.keys()].map((id) => boxOf(layout, id))
  for (const [index, one] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
      const isApart =
        one.right < other.left ||
        other.right < one.left ||
        one.bottom < other.top ||
        other.bottom < one.top
      expect(isApart).toBe(true)
    }
  }
})

test('callers are on the left of their receivers', () => {
  const layout = layOut(graphOf(state, []))
  expect(boxOf(layout, 'website').right).toBeLessThan(boxOf(layout, 'login').left)
})

test('an edge begins at its caller and ends at its receiver', () => {
  const layout = layOut(graphOf(state, []))
  const points = layout.edges.get(keyOf('website', 'search'))?.points ?? []
  expect(points[0]?.x).toBeCloseTo(boxOf(layout, 'website').right, 0)
  expect(points.at(-1)?.x).toBeCloseTo(boxOf(layout, 'search').left, 0)
})

test('a service that calls itself, and an empty graph, are drawn', () => {
  const loop = graphOf(stateOf(['login'], [{ from: 'login', to: 'login' }]), [])
  expect(layOut(loop).edges.get(keyOf('login', 'login'))?.points.length).toBeGreaterThan(1)
  expect(layOut({ nodes: [], edges: [] }).nodes.size).toBe(0)
})

test('long names are shortened, and claimed ones keep their suffix', () => {
  expect(labelOf(accountOf('pusher'))).toBe('pusher-run@acme')
  const long = 'a'.repeat(60)
  expect(labelOf(long)).toBe(`${'a'.repeat(29)}…`)
  expect(labelOf(`${long} (claimed)`)).toBe(`${'a'.repeat(29)}… (claimed)`)
})

test('a path begins and ends where its points do', () => {
  const points = [0, 10, 20, 30].map((x) => ({ x, y: x }))
  expect(pathThrough(points)).toMatch(/^M0,0Q.* 30,30$/)
  expect(pathThrough(points.slice(0, 2))).toBe('M0,0L10,10')
  expect(pathThrough([])).toBe('')
})

test('a label that is wider than its line is within the diagram', () => {
  for (const direction of ['right', 'down'] as const) {
    const { edges: ways, width } = layOut(graphOf(state, [call()]), direction)
    for (const { label } of ways.values()) {
      expect([label.x >= 52, label.x <= width - 52]).toEqual([true, true])
    }
  }
})

test('callers are on the left of their receivers, or above them', () => {
  const graph = graphOf(stateOf(['login', 'search'], [{ from: 'login', to: 'search' }]), [])
  const [right, down] = [layOut(graph, 'right'), layOut(graph, 'down')]
  expect(boxOf(right, 'login').right).toBeLessThan(boxOf(right, 'search').left)
  expect(boxOf(down, 'login').bottom).toBeLessThan(boxOf(down, 'search').top)
})

test.each(['right', 'down'] as const)(
  'labels of opposite edges do not overlap: %s',
  (direction) => {
    const both = [
      { from: 'login', to: 'search' },
      { from: 'search', to: 'login' },
    ]
    const { edges: ways } = layOut(graphOf(stateOf(['login', 'search'], both), []), direction)
    const [one, other] = [...ways.values()].map(({ label }) => label)
    if (!one || !other) throw new Error('an edge is missing')
    expect(Math.abs(one.x - other.x) >= 104 || Math.abs(one.y - other.y) >= 16).toBe(true)
  },
)
