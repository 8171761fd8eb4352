/** Who looks after a customer, from the lines of the history. Pure. */
import type { OwnerLine } from '@/shared/api/lifecycle'

/** The name of the owner of today: of the newest line that gave it to them. */
export function ownerNow(ownerId: string | null, lines: OwnerLine[]): string | null {
  if (!ownerId) return null
  return lines.find((line) => line.to_id === ownerId)?.to_name ?? lines.find((line) => line.from_id === ownerId)?.from_name ?? null
}

/** Why it changed: a code of the hub in words, else what a person wrote. */
export function reasonWords(reason: string, te: (key: string) => boolean, t: (key: string) => string): string {
  if (!reason) return ''
  const key = `lifecycle.ownerReason.${reason}`
  return /^[a-z_]+$/u.test(reason) && te(key) ? t(key) : reason
}
