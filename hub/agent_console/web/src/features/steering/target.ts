import { readStored, writeStored } from '@/shared/lib/stored'
import type { Target } from './steering'

export const RECENT = 'transfer.recent'
export const RECENT_KEPT = 6

export interface PickedTarget {
  key: string
  name: string
  to: Target
}

/** Remember a target, so that it stands first next time. */
export function keepRecent(key: string): void {
  const before = readStored<string[]>(RECENT, [])
  writeStored(RECENT, [key, ...before.filter((one) => one !== key)].slice(0, RECENT_KEPT))
}
