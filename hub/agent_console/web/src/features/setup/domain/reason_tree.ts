import type { AskPart, Named, ReasonPart } from '@/shared/api/setup_types'
import { moved } from '@/shared/lib/list'

/** Where a reason stands: the index in each list on the way to it. */
export type Place = number[]

export const LEVELS = 3
export const MOST_REASONS = 1000

/** A reason with its place, as the tree is drawn: those below stand behind it. */
export interface TreeLine {
  reason: ReasonPart
  place: Place
  /** What contacts know it by (hub/setup/reasons.py). */
  code: string
  /** Its path in the set-up, as the check names it: "reasons[0].children[1]". */
  path: string
  /** The reasons it hangs on, the top first. */
  above: ReasonPart[]
}

const copy = (reason: ReasonPart): ReasonPart => JSON.parse(JSON.stringify(reason)) as ReasonPart
const codeOf = (reason: ReasonPart, above: string): string => reason.code || (above ? `${above}/${reason.key}` : reason.key)
export const pathOf = (place: Place): string => place.map((index, level) => `${level === 0 ? 'reasons' : '.children'}[${index}]`).join('')

/** The keys on the way to it, as places that differ name it: reasons, repair, children, visit. */
export const keysOf = (line: TreeLine): string[] => ['reasons', ...[...line.above, line.reason].flatMap((one, level) => (level === 0 ? [one.key] : ['children', one.key]))]

/** Every reason of the tree, each before those below it. */
export function linesOf(tree: ReasonPart[], place: Place = [], above: ReasonPart[] = [], code = ''): TreeLine[] {
  return tree.flatMap((reason, index) => {
    const here = [...place, index]
    const own = codeOf(reason, code)
    return [{ reason, place: here, code: own, path: pathOf(here), above }, ...linesOf(reason.children, here, [...above, reason], own)]
  })
}

/** The list a place is in, or that is below it. */
export const listAt = (tree: ReasonPart[], place: Place): ReasonPart[] => place.reduce<ReasonPart[]>((list, index) => list[index]?.children ?? [], tree)
export const reasonAt = (tree: ReasonPart[], place: Place): ReasonPart | undefined => listAt(tree, place.slice(0, -1))[place.at(-1)!]

/** How many levels a reason has with those below it. */
export const heightOf = (reason: ReasonPart): number => 1 + Math.max(0, ...reason.children.map(heightOf))

export const newReason = (named: Named): ReasonPart => ({ ...named, code: '', queues: [], complaint: false, asks: [], children: [] })

/** Keys that nothing new below `parent` ([]: at the top) may have: its neighbours', and those whose code another has already. */
export function takenKeys(tree: ReasonPart[], parent: Place): string[] {
  const lines = linesOf(tree)
  const code = lines.find((line) => line.place.join() === parent.join())?.code ?? ''
  const prefix = code ? `${code}/` : ''
  const owned = lines.filter((line) => line.code.startsWith(prefix)).map((line) => line.code.slice(prefix.length))
  return [...listAt(tree, parent).map((one) => one.key), ...owned.filter((key) => !key.includes('/'))]
}

/** Put a reason below `parent` at `index`; return where it is. */
export function insert(tree: ReasonPart[], parent: Place, index: number, reason: ReasonPart): Place {
  listAt(tree, parent).splice(index, 0, reason)
  return [...parent, index]
}

/** Move it among its neighbours; return where it is then. */
export function shift(tree: ReasonPart[], place: Place, by: -1 | 1): Place {
  const list = listAt(tree, place.slice(0, -1))
  const from = place.at(-1)!
  const to = from + by
  if (to < 0 || to >= list.length) return place
  list.splice(0, list.length, ...moved(list, from, to))
  return [...place.slice(0, -1), to]
}

export type Hindrance = '' | 'same' | 'itself' | 'deep' | 'key'

/** Why a reason cannot stand below `parent` ([]: at the top); "": it can. */
export function hindrance(tree: ReasonPart[], place: Place, parent: Place): Hindrance {
  const reason = reasonAt(tree, place)!
  if (parent.join() === place.slice(0, -1).join()) return 'same'
  if (parent.slice(0, place.length).join() === place.join()) return 'itself'
  if (parent.length + heightOf(reason) > LEVELS) return 'deep'
  return listAt(tree, parent).some((one) => one.key === reason.key) ? 'key' : ''
}

/**
 * Move a reason below another (`parent` []: to the top), at `index`; return where it is then, or null where it cannot
 * be. It keeps its code, and so does what is below it: contacts that have it still do.
 */
export function moveBelow(tree: ReasonPart[], place: Place, parent: Place, index: number): Place | null {
  if (hindrance(tree, place, parent) !== '') return null
  const lines = linesOf(tree)
  const code = lines.find((line) => line.place.join() === place.join())!.code
  const [above] = lines.filter((line) => line.place.join() === parent.join())
  const target = listAt(tree, parent)
  const list = listAt(tree, place.slice(0, -1))
  const [reason] = list.splice(place.at(-1)!, 1)
  target.splice(index, 0, { ...reason!, code: code === codeOf({ ...reason!, code: '' }, above?.code ?? '') ? '' : code })
  return linesOf(tree).find((line) => line.reason === target[index])!.place
}

/** One level out: behind the reason it hung on. */
export function moveOut(tree: ReasonPart[], place: Place): Place | null {
  if (place.length < 2) return null
  const parent = place.slice(0, -1)
  return moveBelow(tree, place, parent.slice(0, -1), parent.at(-1)! + 1)
}

/** One level in: the last below the reason before it. */
export function moveIn(tree: ReasonPart[], place: Place): Place | null {
  const before = place.at(-1)! - 1
  if (before < 0) return null
  const parent = [...place.slice(0, -1), before]
  return moveBelow(tree, place, parent, listAt(tree, parent).length)
}

/** Take a reason out with those below it; return the place to go on from, null: nothing is left. */
export function takeOut(tree: ReasonPart[], place: Place): Place | null {
  const parent = place.slice(0, -1)
  const list = listAt(tree, parent)
  list.splice(place.at(-1)!, 1)
  if (list.length > 0) return [...parent, Math.min(place.at(-1)!, list.length - 1)]
  return parent.length > 0 ? parent : null
}

/** A reason as it stood in the tree, with those below it; `parent`: the code of the one it hung on, null: none. */
export interface Removed {
  reason: ReasonPart
  code: string
  parent: string | null
  index: number
}

/** What is to be kept of a reason before it is taken out, so that it can be put back. */
export function removedOf(tree: ReasonPart[], line: TreeLine): Removed {
  const parent = linesOf(tree).find((one) => one.place.join() === line.place.slice(0, -1).join())
  return { reason: copy(line.reason), code: line.code, parent: parent?.code ?? null, index: line.place.at(-1)! }
}

/**
 * Put a reason where it stood, if what it hung on is still there, else at the top. Its code stays; what of it stands
 * in the tree again by now stays where that is. Null: the reason itself does.
 */
export function putBack(tree: ReasonPart[], removed: Removed): Place | null {
  const there = linesOf(tree)
  const known = new Set(there.map((line) => line.code))
  if (known.has(removed.code)) return null
  const kept = copy(removed.reason)
  const parent = there.find((line) => line.code === removed.parent)
  const room = parent && parent.place.length + heightOf(kept) <= LEVELS && !parent.reason.children.some((one) => one.key === kept.key)
  const place = room ? parent.place : []
  const keys = listAt(tree, place).map((one) => one.key)
  for (let n = 2; keys.includes(kept.key); n += 1) kept.key = `${kept.key.replace(/-\d+$/u, '')}-${n}`
  if (codeOf({ ...kept, code: '' }, room ? parent.code : '') !== removed.code) kept.code = removed.code
  const without = (reason: ReasonPart, code: string): void => {
    reason.children = reason.children.filter((one) => !known.has(codeOf(one, code)))
    for (const one of reason.children) without(one, codeOf(one, code))
  }
  without(kept, removed.code)
  const stands = room || removed.parent === null
  return insert(tree, place, stands ? Math.min(removed.index, keys.length) : keys.length, kept)
}

/** What is asked where a reason is chosen because of those above it, as the nearest says it. */
export function askedAbove(line: TreeLine): { ask: AskPart; by: ReasonPart }[] {
  const found = new Map<string, { ask: AskPart; by: ReasonPart }>()
  for (const by of line.above) for (const ask of by.asks) found.set(ask.field, { ask, by })
  return [...found.values()]
}

/** Bring one back that is not in the tree: as it was in `before`, with those below it, or by its names only; the last where it hung. */
export function bringBack(tree: ReasonPart[], before: ReasonPart[], gone: Named & { parent: string | null }): Place | null {
  const was = linesOf(before).find((line) => line.code === gone.key)
  const { key, zh, en } = gone
  const reason = was?.reason ?? newReason({ key: key.split('/').at(-1)!, zh, en })
  return putBack(tree, { reason, code: key, parent: gone.parent, index: Infinity })
}
