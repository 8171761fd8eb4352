import type uPlot from 'uplot'

import { timeOfDay } from './time'

export type Colours = Record<'muted' | 'line' | 'control' | 'accent' | 'ok' | 'ink' | 'surface', string>

/** What a chart over time is drawn with: its size, the colours of the theme, the words of the language. */
export interface Look {
  width: number
  height: number
  colour: (name: keyof Colours) => string
  /** The labels of the time axis; `incr`: seconds from one to the next. */
  labels: (splits: number[], incr: number) => string[]
  /** A value as its axis and readers say it. */
  say: (value: number) => string
  /** Of one part, in seconds. */
  stepS: number
  pick: (index: number | null) => void
}

type Frame = Pick<uPlot.Options, 'width' | 'height' | 'legend' | 'cursor' | 'padding' | 'hooks'>

const FONT = '12px system-ui, sans-serif'
const DAY_S = 86_400
const TIMES_S = [300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, ...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * DAY_S)]

/** What all charts over time have in common. */
export function frame(look: Look, right = 0): Frame {
  return {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    padding: [8, right, 0, 0],
    hooks: { setCursor: [(plot) => look.pick(plot.cursor.idx ?? null)] },
  }
}

export function axisOf({ colour }: Look): uPlot.Axis {
  return { stroke: () => colour('muted'), font: FONT, ticks: { show: false }, grid: { stroke: () => colour('line'), width: 1 } }
}

export function timeAxis(look: Look): uPlot.Axis {
  // Between two edges of parts nothing is to be read.
  return { ...axisOf(look), incrs: TIMES_S.filter((incr) => incr >= look.stepS), size: 24, gap: 4, grid: { show: false }, space: 60, values: (_, splits, __, ___, incr) => look.labels(splits, incr) }
}

/** Half a part more on both sides, so that the outer bars are whole. */
export const timeScale = ({ stepS }: Look): uPlot.Scale => ({ time: true, range: (_, min, max) => [min - stepS / 2, max + stepS / 2] })

/** Whole numbers of things. */
export const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]

/** Lengths of time, in seconds, as clocks divide them. */
export const LENGTHS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400]

/**
 * Times of day along an axis, in seconds of Unix time. Over several days midnight is told by its date;
 * where they are a day apart, each of them is.
 */
export function timeLabels(splits: number[], incr: number, several: boolean, locale: string, timeZone?: string): string[] {
  const date = new Intl.DateTimeFormat(locale, { month: 'numeric', day: 'numeric', ...(timeZone ? { timeZone } : {}) })
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000)
    const time = timeOfDay(at.toISOString(), locale, timeZone)
    return incr >= DAY_S || (several && time === '00:00') ? date.format(at) : time
  })
}
