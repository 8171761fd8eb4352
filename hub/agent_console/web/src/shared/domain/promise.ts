import type { Urgency } from '@/shared/api/types'

export type Level = 'quiet' | 'ok' | 'warn' | 'breach'

export interface Promised {
  /** Share of the promise used up; 1 is the promised moment. */
  value: number
  /** Seconds until the promised moment; negative after it. */
  leftS: number
  waitedS: number
  level: Level
}

const OK_FROM = 0.5
const WARN_FROM = 0.8

/** Where a promise stands at `nowMs` (the server's clock): it goes on by itself while it is running. */
export function promiseAt(urgency: Urgency, nowMs: number): Promised {
  const passedS = urgency.running ? Math.max(0, (nowMs - Date.parse(urgency.at)) / 1000) : 0
  const target = Math.max(1, urgency.target_s)
  const value = urgency.value + passedS / target
  return {
    value,
    leftS: Math.round((1 - value) * target),
    waitedS: urgency.waited_s + passedS,
    level: value >= 1 ? 'breach' : value >= (urgency.warn_from ?? WARN_FROM) ? 'warn' : value >= OK_FROM ? 'ok' : 'quiet',
  }
}
