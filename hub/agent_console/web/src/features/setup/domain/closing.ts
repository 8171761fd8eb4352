import type { ClosingSetup } from '@/features/desk/finish/disposition_form'
import type { AskPart, ClosingFieldPart, Named, SetupDocument, Used, UsedLine } from '@/shared/api/setup_types'
import { linesOf } from './reason_tree'

export const KINDS = ['reasons', 'outcomes', 'closing_fields', 'next_actions', 'not_ready_reasons', 'decline_reasons'] as const
export type Kind = (typeof KINDS)[number]
/** What can be asked without a field of one's own (hub/contacts/closing.py). */
export const BUILT_IN = ['note', 'next_action', 'product', 'commitment'] as const
export const MOST_IN_A_LIST = 100
/** The next action that says there is none. */
export const NO_ACTION = 'none'

export const newField = (named: Named): ClosingFieldPart => ({ ...named, kind: 'text', unit: '', longest: 200, least: null, most: null, choices: [] })

/** The set-up as a closing form reads it: what a reason asks, those below it ask, too. */
export function closingSetup(setup: SetupDocument): ClosingSetup {
  const lines = linesOf(setup.reasons)
  const label = ({ key, zh, en }: Named): { id: string; zh: string; en: string } => ({ id: key, zh, en })
  return {
    reasons: lines.map(({ reason, code, place, above }) => {
      const asks = new Map([...above, reason].flatMap((one) => one.asks).map((ask) => [ask.field, ask]))
      const parent = lines.find((line) => line.place.join() === place.slice(0, -1).join())
      return { id: code, zh: reason.zh, en: reason.en, parent_id: parent?.code ?? null, queues: reason.queues, asks: [...asks.values()], words: [] }
    }),
    outcomes: setup.outcomes.map((one) => ({ ...label(one), asks: one.asks })),
    closing_fields: setup.closing_fields.map((one) => ({ ...label(one), kind: one.kind, unit: one.unit, longest: one.longest, least: one.least, most: one.most, choices: one.choices.map(label) })),
    next_actions: setup.next_actions.map(label),
    queues: setup.queues.map((one) => ({ ...label(one), team_id: null, disposition_required: one.disposition_required, full_wrap_up: [], mine: true, stop: null })),
  }
}

type Asks = { asks: AskPart[] }
const asking = (setup: SetupDocument): (Asks & Named)[] => [...linesOf(setup.reasons).map((line) => line.reason), ...setup.outcomes]

/** The reasons and outcomes that ask for a field themselves. */
export const askersOf = (setup: SetupDocument, field: string): Named[] => asking(setup).filter((one) => one.asks.some((ask) => ask.field === field))

/** Where a field was asked for: by which reason (its code) or outcome, how, and at which place. */
export interface DroppedAsk {
  of: string
  ask: AskPart
  at: number
}
const askers = (setup: SetupDocument): [of: string, asker: Asks][] => [
  ...linesOf(setup.reasons).map((line): [string, Asks] => [`reason ${line.code}`, line.reason]),
  ...setup.outcomes.map((one): [string, Asks] => [`outcome ${one.key}`, one]),
]
/** Everywhere a field is asked for. */
export const asksFor = (setup: SetupDocument, field: string): DroppedAsk[] =>
  askers(setup).flatMap(([of, { asks }]) => asks.map((ask, at) => ({ of, ask: { ...ask }, at })).filter((one) => one.ask.field === field))

/** Nobody asks for a field that is no more. */
export function forgetField(setup: SetupDocument, field: string): void {
  for (const one of asking(setup)) if (one.asks.some((ask) => ask.field === field)) one.asks = one.asks.filter((ask) => ask.field !== field)
}
/** It is asked for again where it was, by those who are still there. */
export function askAgain(setup: SetupDocument, dropped: DroppedAsk[]): void {
  const known = new Map(askers(setup))
  for (const { of, ask, at } of dropped) {
    const asks = known.get(of)?.asks
    if (asks && !asks.some((one) => one.field === ask.field)) asks.splice(Math.min(at, asks.length), 0, { ...ask })
  }
}

type Words = Exclude<Kind, 'reasons'>
/** One of a list, as it stood before it was taken out. */
export interface RemovedWord {
  part: Named
  at: number
  asks: DroppedAsk[]
}
export const removedWord = (setup: SetupDocument, kind: Words, at: number): RemovedWord => {
  const part = setup[kind][at]!
  return { part: JSON.parse(JSON.stringify(part)) as Named, at, asks: kind === 'closing_fields' ? asksFor(setup, part.key) : [] }
}
/** Put it back where it stood. False: its key is in the list by now. */
export function putBackWord(setup: SetupDocument, kind: Words, removed: RemovedWord): boolean {
  const list: Named[] = setup[kind]
  if (list.some((one) => one.key === removed.part.key)) return false
  list.splice(Math.min(removed.at, list.length), 0, JSON.parse(JSON.stringify(removed.part)) as Named)
  askAgain(setup, removed.asks)
  return true
}

/** Something that contacts have, or that was there before, and that is not among what is offered. */
export interface Gone extends Named {
  parent: string | null
  used: number
}

/** What the hub knows and the draft has not; what was there before, where the hub has not told of it (yet). */
function goneOf(lines: UsedLine[], before: Gone[], there: Set<string>): Gone[] {
  const known = new Set(lines.map((line) => line.id))
  const told = lines.map((line): Gone => ({ key: line.id, zh: line.zh, en: line.en, parent: line.parent_id, used: line.used }))
  return [...told, ...before.filter((one) => !known.has(one.key))].filter((one) => !there.has(one.key))
}
const unused = ({ zh, en }: Named, key: string, parent: string | null): Gone => ({ key, zh, en, parent, used: 0 })

/** How often each was chosen; of closing fields nobody counts. */
export const countsOf = (kind: Kind, used: Used | null): Map<string, number> => new Map(kind === 'closing_fields' ? [] : used?.[kind].map((line) => [line.id, line.used]))

/** What is retired: the hub knows every reason and outcome there ever was, of the other lists what is in force. */
export function retiredOf(kind: Kind, setup: SetupDocument, before: SetupDocument, used: Used | null): Gone[] {
  if (kind === 'reasons') {
    const was = linesOf(before.reasons)
    const codes = new Map(was.map((line) => [line.place.join(), line.code]))
    const lost = was.map((line) => unused(line.reason, line.code, codes.get(line.place.slice(0, -1).join()) ?? null))
    return goneOf(used?.reasons ?? [], lost, new Set(linesOf(setup.reasons).map((line) => line.code)))
  }
  const there = new Set(setup[kind].map((one) => one.key))
  const lost = before[kind].map((one) => unused(one, one.key, null))
  if (kind === 'outcomes') return goneOf(used?.outcomes ?? [], lost, there)
  const counts = countsOf(kind, used)
  return lost.filter((one) => !there.has(one.key)).map((one) => ({ ...one, used: counts.get(one.key) ?? 0 }))
}
