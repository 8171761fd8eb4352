/** Where a customer stands, in words: chains of moves, the figures that made them, refusals. Pure. */
import type { ApiError } from '@/shared/api/http'
import type { Axis, Lifecycle, StageMove, Step } from '@/shared/api/lifecycle'

export type Say = (key: string, values?: Record<string, unknown>) => string

export const STAGES = ['unidentified', 'prospect', 'opportunity', 'ordering', 'user'] as const

/** Moves of one axis made at one moment: the states on the way, the oldest first. */
export interface Chain {
  axis: Axis
  at: string
  states: string[]
  causes: string[]
  reason: string
  byName: string | null
  byHand: boolean
  evidence: StageMove['evidence']
}

/** Moves, newest first, as chains, newest first. */
export function chainsOf(moves: StageMove[]): Chain[] {
  const chains: Chain[] = []
  for (const move of moves) {
    const last = chains.find((one) => one.axis === move.axis && one.at === move.at && one.states[0] === move.after)
    if (last && move.before !== null) {
      last.states.unshift(move.before)
      if (!last.causes.includes(move.cause)) last.causes.unshift(move.cause)
      continue
    }
    chains.push({
      axis: move.axis,
      at: move.at,
      states: move.before === null ? [move.after] : [move.before, move.after],
      causes: [move.cause],
      reason: move.reason,
      byName: move.by_name,
      byHand: move.cause === 'by_hand',
      evidence: move.evidence,
    })
  }
  return chains
}

/** The name of a state; a step of loyalty has the name that the set-up gives it. */
export function stateName(axis: Axis, state: string, steps: Step[], zh: boolean, say: Say): string {
  if (axis === 'loyalty') {
    const step = steps.find((one) => one.key === state)
    return step ? (zh ? step.zh : step.en) : state
  }
  const key = `lifecycle.${axis}.${state}`
  const name = say(key)
  return name === key ? state : name
}

const FIGURES: Record<string, string[]> = {
  first_look: ['orders', 'last_order_at'],
  quoted: ['quotes'],
  ordered: ['orders'],
  reordered: ['orders'],
  many_orders: ['orders', 'satisfaction'],
  delivered: ['delivered'],
  referred: ['referrals'],
  referral_gone: ['referrals'],
  silent: ['last_order_at'],
  came_back: ['last_order_at'],
  satisfied: ['satisfaction'],
  less: ['orders', 'satisfaction'],
  orders_gone: ['orders'],
}

/** The figures that say why: "3 orders, last one 4 May". Without what is not known. */
export function figuresOf(chain: Chain, say: Say, day: (iso: string) => string): string[] {
  const names = [...new Set(chain.causes.flatMap((cause) => FIGURES[cause] ?? []))]
  return names.flatMap((name) => {
    const value = chain.evidence[name]
    if (value === undefined || value === null || value === false || (chain.causes[0] === 'first_look' && value === 0)) return []
    return [say(`lifecycle.figure.${name}`, { value: name === 'last_order_at' ? day(String(value)) : value })]
  })
}

/** What a person may choose of an axis: possible now, and what follows by itself. */
export function choicesOf(life: Lifecycle, axis: 'stage' | 'loyalty'): { possible: string[]; others: string[] } {
  const all: string[] = axis === 'stage' ? [...STAGES] : life.steps.map((step) => step.key)
  const possible = life.by_hand[axis] ?? []
  return { possible: all.filter((one) => possible.includes(one)), others: all.filter((one) => one !== life[axis] && !possible.includes(one)) }
}

/** What makes this state come: for who would set one by hand that follows by itself. */
export function comesBy(axis: 'stage' | 'loyalty', state: string, say: Say): string {
  if (axis === 'loyalty') return say('lifecycle.comes.step')
  const key = `lifecycle.comes.${state}`
  const text = say(key)
  return text === key ? '' : text
}

/** Why a move was refused, with what would be possible; null: it is another fault. */
export function refusalOf(error: ApiError, axis: Axis, name: (state: string) => string, say: Say): string | null {
  if (error.code !== 'lifecycle.refused') return null
  const details = (error.body['details'] ?? {}) as Record<string, unknown>
  const text = (key: string): string => (typeof details[key] === 'string' ? details[key] : '')
  const allowed = text('allowed').split(',').filter(Boolean).map(name)
  const from = say('lifecycle.refused', { before: name(text('before')), after: name(text('after')) })
  const possible = allowed.length ? say('lifecycle.possible', { states: allowed.join(say('lifecycle.or')) }) : say(`lifecycle.nothingByHand.${axis}`)
  return `${from} ${possible}`.trim()
}
