import type { Deadline } from '@/shared/api/deadlines'

export interface Due {
  /** Seconds of business time left; negative once it is over. */
  leftS: number
  level: 'quiet' | 'ok' | 'warn' | 'breach'
}

const OK_FROM = 0.5

/** Where a deadline stands at `nowMs` (the server's clock): it goes on by itself while it is running. */
export function deadlineAt(deadline: Deadline, nowMs: number): Due {
  const passedS = deadline.running ? Math.max(0, (nowMs - Date.parse(deadline.at)) / 1000) : 0
  const usedS = deadline.used_s + passedS
  const leftS = Math.round(deadline.target_s - usedS)
  if (usedS >= deadline.target_s || deadline.breached_at) return { leftS, level: 'breach' }
  if (usedS >= deadline.warn_s) return { leftS, level: 'warn' }
  return { leftS, level: usedS >= deadline.target_s * OK_FROM ? 'ok' : 'quiet' }
}
