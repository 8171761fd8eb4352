import type { HalfHour } from '@/shared/api/day_types'
import type { Board, QueueView, ServiceLevel } from '@/shared/api/types'

/** Service level of a channel over all queues: Σ answered within ÷ Σ (answered + abandoned − short abandons). */
export function serviceLevelOf(board: Board, channels: string[]): { value: number | null; goal: number; withinS: number } | null {
  const lines = board.queues.flatMap((queue) => queue.service_level).filter((line) => channels.includes(line.channel))
  if (lines.length === 0) return null
  const sum = (pick: (line: ServiceLevel) => number): number => lines.reduce((total, line) => total + pick(line), 0)
  const eligible = sum((line) => line.answered + line.abandoned - line.short_abandoned)
  return {
    value: eligible > 0 ? sum((line) => line.answered_within) / eligible : null,
    goal: Math.max(...lines.map((line) => line.goal)),
    withinS: Math.max(...lines.map((line) => line.within_s)),
  }
}

/** How much a queue needs a look: the share of its promise that its longest waiter has used. */
export function riskOf(queue: QueueView): number {
  return (queue.longest_urgency ?? 0) + queue.waiting / 1000
}

export function waitingByTier(board: Board): Map<string, number> {
  const counts = new Map<string, number>()
  for (const queue of board.queues) {
    for (const one of queue.by_tier) counts.set(one.tier, (counts.get(one.tier) ?? 0) + one.waiting)
  }
  return counts
}

/** Channels of the figures, by how they promise: live ones in seconds, written ones in hours. */
export function channelsOf(board: Board): string[] {
  return [...new Set(board.queues.flatMap((queue) => queue.service_level.map((line) => line.channel)))]
}

export function percent(value: number | null, locale: string): string {
  return value === null ? '–' : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(value)
}

const FEWEST_SHOWN = 12

/** The half hours worth a chart: from the first in which anybody came, at least six hours, up to now. */
export function shownHalfHours(halfHours: HalfHour[]): HalfHour[] {
  const first = halfHours.findIndex((one) => one.offered > 0)
  const from = first < 0 ? halfHours.length : first
  return halfHours.slice(Math.max(0, Math.min(from, halfHours.length - FEWEST_SHOWN)))
}
