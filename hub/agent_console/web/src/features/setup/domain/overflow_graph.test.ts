import { describe, expect, it } from 'vitest'

import { aQueue, aSetup, help } from './a_setup'
import { breadth, circularLinks, layOut, linesOf, NODE } from './overflow_graph'

const chain = aSetup({
  queues: [
    aQueue('a', { overflow: [help({ queue: 'b' }), help({ team: 'back' })] }),
    aQueue('b', { overflow: [help({ queue: 'c' })] }),
    aQueue('c'),
    aQueue('alone'),
  ],
})
const ring = aSetup({ queues: [aQueue('a', { overflow: [help({ queue: 'b' })] }), aQueue('b', { overflow: [help({ queue: 'a' }), help({ team: 'back' })] }), aQueue('c', { overflow: [help({ queue: 'a' })] })] })

describe('the drawing of the overflow', () => {
  it('puts helpers to the right of whom they help, and leaves out who has nothing to do with it', () => {
    const { nodes, edges } = layOut(chain)
    const x = Object.fromEntries(nodes.map((node) => [node.id, node.x]))
    expect(Object.keys(x).sort()).toEqual(['queue:a', 'queue:b', 'queue:c', 'team:back'])
    expect(x['queue:a']!).toBeLessThan(x['queue:b']!)
    expect(x['queue:b']!).toBeLessThan(x['queue:c']!)
    expect(edges.map((edge) => edge.id)).toEqual(['a#0', 'a#1', 'b#0'])
    expect(edges.some((edge) => edge.circle)).toBe(false)
  })

  it('covers no node with another and no label with another', () => {
    const queues = [...'abcdefgh'].map((key) => aQueue(key, { overflow: [help({ team: 'back' }), help({ team: 'front', after_s: 90 })] }))
    const { nodes, edges, height } = layOut(aSetup({ queues }))
    for (const one of nodes) for (const other of nodes) if (one !== other && one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(NODE.height)
    for (const one of edges) for (const other of edges) if (one !== other && one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(38)
    expect(Math.max(...edges.map((edge) => edge.y))).toBeLessThan(height)
  })

  it('marks the rules of a circle and those who are in it, nothing else', () => {
    expect([...circularLinks(ring)].sort()).toEqual(['a#0', 'b#0'])
    const { nodes, edges } = layOut(ring)
    expect(nodes.filter((node) => node.circle).map((node) => node.id).sort()).toEqual(['queue:a', 'queue:b'])
    expect(edges.filter((edge) => edge.circle).map((edge) => edge.id)).toEqual(['a#0', 'b#0'])
    const x = Object.fromEntries(nodes.map((node) => [node.id, node.x]))
    expect([...new Set(nodes.map((node) => node.x))]).toHaveLength(4) // c, a, b, back office
    expect(x['queue:a']!).toBeLessThan(x['queue:b']!)
    expect(edges.every((edge) => Number.isFinite(edge.x + edge.y))).toBe(true)
  })

  it('passes over rules that name nobody', () => {
    const broken = aSetup({ queues: [aQueue('a', { overflow: [help({}), help({ queue: 'gone' }), help({ queue: 'a' })] })] })
    expect(layOut(broken)).toMatchObject({ nodes: [], edges: [] })
  })

  it('keeps a label on two lines', () => {
    expect(linesOf(['after 2 min', 'at least 10 waiting', 'when closed'], ', ')).toEqual(['after 2 min', 'at least 10 waiting, when closed'])
    expect(linesOf(['when closed'], ', ')).toEqual(['when closed'])
    expect(breadth('等待')).toBeCloseTo(3.7)
  })
})
