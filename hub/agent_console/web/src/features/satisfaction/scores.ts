import type { Trend } from '@/shared/api/research'

const WORST = 1
const BEST = 5
/** From here down a score is one that somebody has to make good, unless the set-up says otherwise. */
const LOW = 2

export interface Dot {
  x: number
  y: number
  score: number
  low: boolean
}

export interface Frame {
  width: number
  height: number
  /** Room around, so that no dot is cut off. */
  edge: number
}

/** Where a score stands: the worst at the bottom. What is on no scale of ours stands at its end. */
export function heightOf(score: number, { height, edge }: Frame): number {
  const kept = Math.min(BEST, Math.max(WORST, score))
  return edge + ((BEST - kept) / (BEST - WORST)) * (height - 2 * edge)
}

/** The dots of a small chart, from the oldest to the newest; `recent` is newest first. */
export function dotsOf(recent: number[], frame: Frame): Dot[] {
  const room = frame.width - 2 * frame.edge
  const step = recent.length > 1 ? room / (recent.length - 1) : 0
  return [...recent].reverse().map((score, index) => ({
    x: recent.length > 1 ? frame.edge + index * step : frame.width / 2,
    y: heightOf(score, frame),
    score,
    low: score <= LOW,
  }))
}

/** The line through the dots, as SVG writes it; "" for fewer than two. */
export function lineOf(dots: Dot[]): string {
  if (dots.length < 2) return ''
  return dots.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
}

/** A mean as people read it: one decimal, in the figures of the language. */
export function meanText(mean: number, locale: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(mean)
}

/** The first answer has nothing to be compared with: it neither stays nor moves. */
export function trendShown(brief: { n: number; trend: Trend | null }): Trend | null {
  return brief.n > 1 ? brief.trend : null
}
