import { ALL, type Emoji } from './emoji_data'

const plain = (text: string): string => text.toLowerCase().replace(/[\s_-]+/gu, '')

/** How well a name fits what was typed; Infinity: not at all. Chinese has no spaces: a word of it may stand anywhere. */
function fit(name: string, wanted: string): number {
  const whole = plain(name)
  if (whole === wanted) return 0
  if (whole.startsWith(wanted)) return 1
  if (name.split(' ').some((word) => plain(word).startsWith(wanted))) return 2
  return /\p{Script=Han}/u.test(wanted) && whole.includes(wanted) ? 2 : Infinity
}

/** Its shown names before its further ones, of names that fit as well. */
const rank = (one: Emoji, wanted: string): number =>
  Math.min(...[one.en, one.zh].flatMap((names) => names.map((name, at) => fit(name, wanted) * 2 + (at ? 1 : 0))))

/** The emoji with a name like `typed`, in English or Chinese whatever language is shown; best first, none for nothing. */
export function findEmoji(typed: string, most = Infinity): Emoji[] {
  const wanted = plain(typed)
  if (wanted === '') return []
  return ALL.map((one) => ({ one, rank: rank(one, wanted) }))
    .filter((found) => found.rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ one }) => one)
}

/** How an emoji is called in the language that is shown. */
export const nameOf = (one: Emoji, locale: string): string => (locale.startsWith('zh') ? one.zh : one.en)[0] ?? one.char
