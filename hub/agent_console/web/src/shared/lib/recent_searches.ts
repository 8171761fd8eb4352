import { readStored, writeStored } from './stored'

const MOST = 8
const key = (userId: string): string => `searches.${userId}`

/** What this user searched for lately in this browser, the newest first. */
export const recentSearches = (userId: string): string[] => readStored<string[]>(key(userId), [])

export function keepSearch(userId: string, text: string): string[] {
  const kept = [text, ...recentSearches(userId).filter((one) => one !== text)].slice(0, MOST)
  writeStored(key(userId), kept)
  return kept
}

export function forgetSearches(userId: string): void {
  writeStored(key(userId), undefined)
}
