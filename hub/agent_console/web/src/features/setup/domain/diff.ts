import type { SetupDocument } from '@/shared/api/setup_types'
import { keysOf, linesOf, type TreeLine } from './reason_tree'

/** What differs between two set-ups, as a person would count it: a tier that moved is one change. */
export interface Difference {
  /** Keys from the outside in: ['queues', 'support', 'target_s', 'phone', 'gold']. */
  path: string[]
  kind: 'added' | 'removed' | 'changed' | 'moved'
  before: unknown
  after: unknown
}

type Part = Record<string, unknown>

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)
const isKeyed = (value: unknown): value is { key: string }[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isPart(one) && typeof one['key'] === 'string')

/** Keys of an object say nothing by their order. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, index) => sameValue(value, other[index]))
  if (!isPart(one) || !isPart(other)) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && sameValue(one[key], other[key]))
}

/** Targets by the key of their tier instead of its place: then they stay where a tier only moves. */
function byTier(setup: SetupDocument): Part {
  const keys = setup.tiers.map((tier) => tier.key)
  const named = (targets: Record<string, number[]>): Part =>
    Object.fromEntries(
      Object.entries(targets).map(([channel, values]) => [channel, values.length === keys.length ? Object.fromEntries(values.map((value, index) => [keys[index]!, value])) : values]),
    )
  return { ...setup, target_s: named(setup.target_s), queues: setup.queues.map((queue) => ({ ...queue, target_s: named(queue.target_s) })) }
}

/** What is a value of its own, however it is built. */
const WHOLE = new Set(['skills', 'settings', 'escalations', 'special_days', 'when'])

function compare(before: unknown, after: unknown, path: string[], found: Difference[]): void {
  if (sameValue(before, after)) return
  if (path[0] === 'hours' && path.length === 2 && isPart(before) !== isPart(after)) [before, after] = [asHours(before), asHours(after)]
  if (path[0] === 'templates' && path.length < TEXT) return compareTexts(before, after, path, found)
  if ((isKeyed(before) || isKeyed(after)) && Array.isArray(before) && Array.isArray(after)) return compareLists(before as { key: string }[], after as { key: string }[], path, found)
  const whole = path.length > 1 && WHOLE.has(path.at(-1)!) && path[0] !== 'agents'
  if (isPart(before) && isPart(after) && !whole) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) compare(before[key], after[key], [...path, key], found)
    return
  }
  found.push({ path, kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed', before, after })
}

/** Hours that got a name, or a zone, are still the same week (hub/setup/differences.py). */
const asHours = (value: unknown): unknown => (typeof value === 'string' ? { week: value, zone: '', calendar: '', zh: '', en: '' } : value)

/** templates · chat_code · en · body: each text is a place of its own, and "" says nothing. */
const TEXT = 4
function compareTexts(before: unknown, after: unknown, path: string[], found: Difference[]): void {
  const [old, now] = [before ?? {}, after ?? {}] as [Part, Part]
  const said = (value: unknown): unknown => (value === '' ? undefined : value)
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) compare(said(old[key]), said(now[key]), [...path, key], found)
}

function compareLists(before: { key: string }[], after: { key: string }[], path: string[], found: Difference[]): void {
  const old = new Map(before.map((one) => [one.key, one]))
  const now = new Map(after.map((one) => [one.key, one]))
  for (const [key, one] of now) compare(old.get(key), one, [...path, key], found)
  for (const [key, one] of old) if (!now.has(key)) found.push({ path: [...path, key], kind: 'removed', before: one, after: undefined })
  const stayed = (list: { key: string }[], others: Map<string, unknown>): string => list.map((one) => one.key).filter((key) => others.has(key)).join()
  if (stayed(before, now) !== stayed(after, old)) found.push({ path, kind: 'moved', before: before.map((one) => one.key), after: after.map((one) => one.key) })
}

/** A reason that stands elsewhere is told as one that moved, not as gone and added (hub/setup/differences.py). */
function tellMoves(before: SetupDocument, after: SetupDocument, found: Difference[]): void {
  const old = new Map(linesOf(before.reasons).map((line) => [line.code, line]))
  for (const now of linesOf(after.reasons)) {
    const was = old.get(now.code)
    if (!was || keysOf(was).join() === keysOf(now).join()) continue
    const gone = found.findIndex((one) => one.kind === 'removed' && one.path.join() === keysOf(was).join())
    const added = found.findIndex((one) => one.kind === 'added' && one.path.join() === keysOf(now).join())
    if (gone < 0 || added < 0) continue
    for (const index of [gone, added].sort((a, b) => b - a)) found.splice(index, 1)
    const way = (line: TreeLine): string => [...line.above, line.reason].map((one) => one.key).join('/')
    found.push({ path: [...keysOf(now), 'place'], kind: 'changed', before: way(was), after: way(now) })
    compare({ ...was.reason, code: '' }, { ...now.reason, code: '' }, keysOf(now), found)
  }
}

export function differences(before: SetupDocument, after: SetupDocument): Difference[] {
  const found: Difference[] = []
  compare(byTier(before), byTier(after), [], found)
  tellMoves(before, after, found)
  const fresh = new Set(found.filter((one) => one.path[0] === 'tiers' && one.path.length === 2 && one.kind !== 'changed').map((one) => one.path[1]))
  return found.filter((one) => !(one.path.includes('target_s') && fresh.has(one.path.at(-1)))) // they come and go with their tier
}

/** Whether something at or below these keys differs. */
export const touches = (list: Difference[], ...keys: string[]): boolean => list.some((one) => keys.every((key, index) => one.path[index] === key))
