/** Which languages' words count for another: the rule of hub/contacts/templates/near.py, where it is told. */
const SCRIPT = /-([a-z]{4})(?![a-z0-9])/iu
const REGION = /-([a-z]{2})(?![a-z0-9])/iu
const TRADITIONAL = ['tw', 'hk', 'mo']
const SAME_AS_USUAL = ['zh-cn', 'zh', 'zh-hans', 'zh-hans-cn', 'en']

const stem = (language: string): string => language.split('-')[0]!.toLowerCase()
const region = (language: string): string => REGION.exec(language)?.[1]!.toLowerCase() ?? ''

function script(language: string): string {
  const said = SCRIPT.exec(language)?.[1]!.toLowerCase()
  if (said || stem(language) !== 'zh') return said ?? ''
  return TRADITIONAL.includes(region(language)) ? 'hant' : 'hans'
}

/** The usual language behind one: Chinese for any Chinese, else English. */
export const baseOf = (language: string): 'zh-CN' | 'en' => (stem(language) === 'zh' ? 'zh-CN' : 'en')

function rankOf(tag: string, wanted: string): number | null {
  const one = tag.toLowerCase()
  const other = wanted.toLowerCase()
  const scripts = new Set([script(one), script(other)])
  const alike = stem(one) === stem(other) && (scripts.size === 1 || scripts.has(''))
  const hasUsual = stem(one) === 'en' || script(other) === 'hans'
  if (one === other) return 0
  if (alike && other.startsWith(`${one}-`)) return 2 - one.length / 100
  if (alike && !hasUsual) return ['', region(other)].includes(region(one)) ? 3 : 4
  if (SAME_AS_USUAL.includes(one) && baseOf(one) === baseOf(other)) return one === baseOf(other).toLowerCase() ? 5 : 6
  return null
}

/** The tags whose words count for a language before the usual text, best first. */
export function nearest(tags: string[], wanted: string): string[] {
  const ranked = tags.map((tag) => ({ tag, rank: rankOf(tag, wanted) })).filter((one) => one.rank !== null)
  return ranked.sort((a, b) => a.rank! - b.rank! || (a.tag < b.tag ? -1 : 1)).map((one) => one.tag)
}
