import type { ChangeDetail, SetupDocument } from '@/shared/api/setup_types'
import { ChangeWords, isWhole } from './change_words'
import type { Difference } from './diff'

const AGENT = /^agents\.(.+@.+?)(?:\.(profile|skills)(?:\.(.+))?)?$/u

/** Keys of a place; an agent's address has dots of its own. */
function keysOf(path: string): string[] {
  const agent = AGENT.exec(path)
  return agent ? ['agents', ...agent.slice(1).filter((part) => part !== undefined)] : path.split('.')
}

/** A value that was cut is shown as its text. */
function valueOf(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** What changed inside a rule about customers is told of the rule: "all" alone says nothing. */
function inRule(path: string[], inside: string[], before: unknown, after: unknown): Difference {
  const whole = (value: unknown): unknown => (typeof value === 'object' && value !== null && inside.length === 1 ? { [inside[0]!]: value } : value)
  return { path, kind: 'changed', before: whole(before), after: whole(after) }
}

function differenceOf({ path, before, after }: ChangeDetail): Difference {
  const keys = keysOf(path)
  const when = keys.indexOf('when')
  if (when > 0 && keys.length > when + 1) return inRule(keys.slice(0, when + 1), keys.slice(when + 1), valueOf(before), valueOf(after))
  if (keys.at(-1) === 'order') return { path: keys.slice(0, -1), kind: 'moved', before: valueOf(before), after: valueOf(after) }
  return { path: keys, kind: before === null ? 'added' : after === null ? 'removed' : 'changed', before: valueOf(before), after: valueOf(after) }
}

/** Targets are told tier by tier, where the tiers of then are those of now. */
function byTier(one: Difference, setup: SetupDocument | null): Difference[] {
  const tiers = setup?.tiers ?? []
  const { before, after } = one
  if (!one.path.includes('target_s') || !Array.isArray(before) || !Array.isArray(after) || before.length !== tiers.length || after.length !== tiers.length) return [one]
  return tiers.flatMap((tier, index): Difference[] =>
    before[index] === after[index] ? [] : [{ path: [...one.path, tier.key], kind: 'changed', before: before[index] as unknown, after: after[index] as unknown }],
  )
}

export interface DetailWords {
  kind: 'added' | 'changed' | 'retired'
  where: string
  what: string
}

/** What a version changed, place by place, in the words of the screens. */
export function detailWords(details: ChangeDetail[], setup: SetupDocument | null, locale: string): DetailWords[] {
  const words = new ChangeWords(setup ? [setup] : [], locale)
  const moved = details.some((detail) => detail.path === 'tiers.order')
  const found = details.map(differenceOf).flatMap((one) => (moved ? [one] : byTier(one, setup)))
  return found.map((one) => {
    const whole = isWhole(one.path) && (one.kind === 'added' || one.kind === 'removed')
    return { kind: whole ? (one.kind === 'added' ? 'added' : 'retired') : 'changed', where: words.where(one), what: words.what(one) }
  })
}
