import type { Mentioned } from '@/shared/api/types'

export interface Stretch {
  text: string
  /** It is a name behind an @. */
  name: boolean
}

/** A note in stretches, so that the names in it can be told from its words. Longer names go before shorter ones. */
export function marked(text: string, mentions: readonly Mentioned[]): Stretch[] {
  const names = [...new Set(mentions.map((one) => one.name).filter(Boolean))].sort((a, b) => b.length - a.length)
  if (names.length === 0) return [{ text, name: false }]
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'))
  const parts = text.split(new RegExp(`([@＠](?:${escaped.join('|')}))`, 'u'))
  return parts.map((part, index) => ({ text: part, name: index % 2 === 1 })).filter((part) => part.text !== '')
}
