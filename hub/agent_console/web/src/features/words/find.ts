import type { CannedResponse, Macro, ResponseText } from '@/shared/api/words'

/** The text of a response in the customer's language, else in the reader's, else in any. */
export function textFor<T>(texts: Record<string, T>, ...languages: (string | null | undefined)[]): [string, T] {
  const entries = Object.entries(texts)
  for (const language of languages) {
    const base = language?.slice(0, 2)
    const found = base ? entries.find(([name]) => name.slice(0, 2) === base) : undefined
    if (found) return found
  }
  return entries[0]!
}

const has = (text: ResponseText, wanted: string): boolean =>
  text.title.toLowerCase().includes(wanted) || text.found_by.some((word) => word.startsWith(wanted)) || text.text.toLowerCase().includes(wanted)

/** How well a response matches: title before pinyin before words of its text; -1: not at all. */
function rank(one: CannedResponse, wanted: string): number {
  if (wanted === '') return 0
  const texts = Object.values(one.texts)
  if (texts.some((text) => text.title.toLowerCase().startsWith(wanted)) || one.id.toLowerCase() === wanted) return 0
  if (texts.some((text) => text.title.toLowerCase().includes(wanted) || text.found_by.some((word) => word.startsWith(wanted)))) return 1
  if (one.category.toLowerCase().includes(wanted)) return 2
  return texts.some((text) => has(text, wanted)) || one.id.toLowerCase().includes(wanted) ? 3 : -1
}

/** Responses for a queue that match what was typed: the best first, then one's language, then the most used (their order). */
export function findResponses(all: readonly CannedResponse[], typed: string, queue: string, language: string): CannedResponse[] {
  const wanted = typed.toLowerCase()
  const speaks = (one: CannedResponse): boolean => Object.keys(one.texts).some((name) => name.slice(0, 2) === language.slice(0, 2))
  return all
    .filter((one) => one.queues.length === 0 || one.queues.includes(queue))
    .map((one) => ({ one, rank: rank(one, wanted), other: language && !speaks(one) ? 1 : 0 }))
    .filter(({ rank: found }) => found >= 0)
    .sort((a, b) => a.rank - b.rank || a.other - b.other)
    .map(({ one }) => one)
}

export function findMacros(all: readonly Macro[], typed: string): Macro[] {
  const wanted = typed.toLowerCase()
  return all.filter((one) => one.zh.toLowerCase().includes(wanted) || one.en.toLowerCase().includes(wanted))
}
