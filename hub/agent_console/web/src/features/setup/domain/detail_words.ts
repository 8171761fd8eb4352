import type { ChangeDetail, SetupDocument } from '@/shared/api/setup_types'
import { ChangeWords } from './change_words'
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

function differenceOf({ path, before, after }: ChangeDetail): Difference {
  const keys = keysOf(path)
  if (keys.at(-1) === 'order') return { path: keys.slice(0, -1), kind: 'moved', before: valueOf(before), after: valueOf(after) }
  return { path: keys, kind: before === null ? 'added' : after === null ? 'removed' : 'changed', before: valueOf(before), after: valueOf(after) }
}

export interface DetailWords {
  kind: 'added' | 'changed' | 'retired'
  where: string
  what: string
}

/** What a version changed, place by place, in the words of the screens. */
export function detailWords(details: ChangeDetail[], setup: SetupDocument | null, locale: string): DetailWords[] {
  const words = new ChangeWords(setup ? [setup] : [], locale)
  return details.map((detail) => {
    const one = differenceOf(detail)
    const whole = one.path.length === 2 && (one.kind === 'added' || one.kind === 'removed')
    return { kind: whole ? (one.kind === 'added' ? 'added' : 'retired') : 'changed', where: words.where(one), what: words.what(one) }
  })
}
