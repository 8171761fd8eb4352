import type { OverflowRule, SetupDocument } from '@/shared/api/setup_types'

/** Queues and who helps them out, laid out in columns from left to right; lengths are pixels of the drawing. */

export interface GraphNode {
  id: string
  kind: 'queue' | 'team'
  key: string
  x: number
  y: number
  circle: boolean
}

export interface GraphEdge {
  id: string
  queue: string
  /** Which rule of the queue it is. */
  index: number
  rule: OverflowRule
  path: string
  x: number
  y: number
  circle: boolean
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  width: number
  height: number
}

export const NODE = { width: 148, height: 44 }
const GAP = { across: 244, down: 34 }
const MARGIN = 40 // room for what goes around
const TOP = 12
const LABEL_HEIGHT = 42

interface Link {
  from: string
  to: string
  queue: string
  index: number
  rule: OverflowRule
}

/** Rules that name somebody who is there; the others are told by the check. */
function linksOf(setup: SetupDocument): Link[] {
  const known = new Set([...setup.queues.map((one) => `queue:${one.key}`), ...setup.teams.map((one) => `team:${one.key}`)])
  return setup.queues
    .flatMap((queue) =>
      queue.overflow.map((rule, index): Link => ({
        from: `queue:${queue.key}`, to: rule.team ? `team:${rule.team}` : `queue:${rule.queue}`, queue: queue.key, index, rule,
      })),
    )
    .filter((link) => known.has(link.to) && link.to !== link.from)
}

function reachable(links: Link[], from: string): Set<string> {
  const seen = new Set<string>()
  const left = [from]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const link of links) {
      if (link.from === at && !seen.has(link.to)) {
        seen.add(link.to)
        left.push(link.to)
      }
    }
  }
  return seen
}

/** Links that are part of a circle: from where they lead there is a way back. */
export function circularLinks(setup: SetupDocument): Set<string> {
  const links = linksOf(setup)
  return new Set(links.filter((link) => reachable(links, link.to).has(link.from)).map(idOf))
}

const idOf = (link: Link): string => `${link.queue}#${link.index}`

/** Links without those that close a circle, so that what is left has an order. */
function forwardOf(ids: string[], links: Link[]): Link[] {
  const state = new Map<string, 'open' | 'done'>()
  const back = new Set<Link>()
  const visit = (id: string): void => {
    state.set(id, 'open')
    for (const link of links.filter((one) => one.from === id)) {
      if (state.get(link.to) === 'open') back.add(link)
      else if (!state.has(link.to)) visit(link.to)
    }
    state.set(id, 'done')
  }
  ids.forEach((id) => state.has(id) || visit(id))
  return links.filter((link) => !back.has(link))
}

/** The column of each: right of everyone whom it helps. */
function columnsOf(ids: string[], forward: Link[]): Map<string, number> {
  const column = new Map(ids.map((id) => [id, 0]))
  for (let round = 0; round < ids.length; round += 1) {
    let moved = false
    for (const link of forward) {
      const wanted = column.get(link.from)! + 1
      if (column.get(link.to)! >= wanted) continue
      column.set(link.to, wanted)
      moved = true
    }
    if (!moved) break
  }
  return column
}

/** Each column in the order of the middle of whom it helps: fewer arrows cross. */
function rowsOf(ids: string[], column: Map<string, number>, forward: Link[]): Map<string, number> {
  const row = new Map<string, number>()
  const last = Math.max(0, ...column.values())
  for (let at = 0; at <= last; at += 1) {
    const here = ids.filter((id) => column.get(id) === at)
    const middle = (id: string): number => {
      const rows = forward.filter((link) => link.to === id).map((link) => row.get(link.from) ?? 0)
      return rows.length > 0 ? rows.reduce((sum, one) => sum + one, 0) / rows.length : ids.indexOf(id)
    }
    const order = at === 0 ? here : [...here].sort((a, b) => middle(a) - middle(b))
    order.forEach((id, index) => row.set(id, index))
  }
  return row
}

/** Push labels of one gap apart until none covers another. */
function separate(edges: GraphEdge[]): void {
  const gaps = new Map<number, GraphEdge[]>()
  edges.forEach((edge) => gaps.set(edge.x, [...(gaps.get(edge.x) ?? []), edge]))
  for (const gap of gaps.values()) {
    gap.sort((a, b) => a.y - b.y)
    gap.forEach((edge, index) => {
      const above = gap[index - 1]
      if (above) edge.y = Math.max(edge.y, above.y + LABEL_HEIGHT)
    })
  }
}

/** To the right: a bend in the gap beside the queue, then straight on. */
function ahead(from: GraphNode, to: GraphNode): Pick<GraphEdge, 'path' | 'x' | 'y'> {
  const [x1, y1, x2, y2] = [from.x + NODE.width, from.y + NODE.height / 2, to.x - 7, to.y + NODE.height / 2]
  const turn = x1 + GAP.across - 7
  const bend = GAP.across / 2
  return { path: `M${x1},${y1} C${x1 + bend},${y1} ${turn - bend},${y2} ${turn},${y2} H${x2}`, x: (x1 + turn) / 2, y: (y1 + y2) / 2 }
}

/** Back to the left: out to the right, around below everything, and in from the left. `lane`: how many went there before. */
function around(from: GraphNode, to: GraphNode, floor: number, lane: number): Pick<GraphEdge, 'path' | 'x' | 'y'> {
  const [x1, y1, x2, y2] = [from.x + NODE.width, from.y + NODE.height / 2, to.x - 7, to.y + NODE.height / 2]
  const [out, back, low, r] = [x1 + 14 + lane * 5, x2 - 14 - lane * 5, floor + LABEL_HEIGHT * (0.75 + lane), 8]
  const path = `M${x1},${y1} H${out - r} q${r},0 ${r},${r} V${low - r} q0,${r} ${-r},${r} H${back + r} q${-r},0 ${-r},${-r} V${y2 + r} q0,${-r} ${r},${-r} H${x2}`
  return { path, x: (out + back) / 2, y: low }
}

/** Queues without overflow are not in the drawing. */
export function layOut(setup: SetupDocument): Graph {
  const links = linksOf(setup)
  const touched = new Set(links.flatMap((link) => [link.from, link.to]))
  const all = [...setup.queues.map((one) => `queue:${one.key}`), ...setup.teams.map((one) => `team:${one.key}`)]
  const ids = all.filter((id) => touched.has(id))
  const forward = forwardOf(ids, links)
  const column = columnsOf(ids, forward)
  const row = rowsOf(ids, column, forward)
  const heights = ids.reduce((most, id) => most.set(column.get(id)!, Math.max(most.get(column.get(id)!) ?? 0, row.get(id)! + 1)), new Map<number, number>())
  const tallest = Math.max(0, ...heights.values())
  const circular = circularLinks(setup)
  const inCircle = new Set(links.filter((link) => circular.has(idOf(link))).flatMap((link) => [link.from, link.to]))
  const pitch = NODE.height + GAP.down
  const nodes = ids.map((id): GraphNode => {
    const spare = tallest - heights.get(column.get(id)!)!
    const [kind, key] = [id.startsWith('team:') ? 'team' : 'queue', id.slice(id.indexOf(':') + 1)] as const
    return { id, kind, key, x: MARGIN + column.get(id)! * (NODE.width + GAP.across), y: TOP + (row.get(id)! + spare / 2) * pitch, circle: inCircle.has(id) }
  })
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const floor = TOP + tallest * pitch - GAP.down
  let lanes = 0
  const edges = links.map((link): GraphEdge => {
    const [from, to] = [byId.get(link.from)!, byId.get(link.to)!]
    const drawn = to.x > from.x ? ahead(from, to) : around(from, to, floor, lanes++)
    return { id: idOf(link), queue: link.queue, index: link.index, rule: link.rule, circle: circular.has(idOf(link)), ...drawn }
  })
  separate(edges)
  const lowest = Math.max(floor, ...edges.map((edge) => edge.y + LABEL_HEIGHT / 2))
  return { nodes, edges, width: Math.max(0, ...nodes.map((node) => node.x + NODE.width)) + MARGIN, height: lowest + TOP }
}

/** How wide a text is, in letters: one of Chinese counts as two. */
export const breadth = (text: string): number => [...text].reduce((sum, letter) => sum + (/[\u2e80-\uffef]/u.test(letter) ? 1.85 : 1), 0)

/** Parts of a label on at most two lines: as many on the first as fit. */
export function linesOf(parts: string[], between: string, most = 30): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && (lines.length === 2 || breadth(last + between + part) <= most)) lines[lines.length - 1] = last + between + part
    else lines.push(part)
  }
  return lines
}
