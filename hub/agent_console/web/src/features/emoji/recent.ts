import { readStored, writeStored } from '@/shared/lib/stored'

const KEY = 'recentEmoji'
const MOST = 8

/** The emoji used in this browser, newest first. What is kept may be anything: whoever shows it looks it up. */
export function recentEmoji(): string[] {
  const kept = readStored<unknown>(KEY, [])
  return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string').slice(0, MOST) : []
}

export function rememberEmoji(char: string): void {
  writeStored(KEY, [char, ...recentEmoji().filter((one) => one !== char)].slice(0, MOST))
}
