import { readStored, writeStored } from '@/shared/lib/stored'
import type { Target } from './steering'

export const RECENT = 'transfer.recent'
export const RECENT_KEPT = 6

export interface PickedTarget {
  key: string
  name: string
  to: Target
}

/** The contact that stands for all of them; '' where they would not wait alike. */
export function oneOf(rows: readonly { id: string; channel: string; tier: string; priority: number }[]): string {
  const alike = new Set(rows.map((row) => `${row.channel} ${row.tier} ${row.priority}`)).size === 1
  return alike ? rows[0]!.id : ''
}

/** Remember a target, so that it stands first next time. */
export function keepRecent(key: string): void {
  const before = readStored<string[]>(RECENT, [])
  writeStored(RECENT, [key, ...before.filter((one) => one !== key)].slice(0, RECENT_KEPT))
}
