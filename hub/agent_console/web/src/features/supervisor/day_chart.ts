import uPlot from 'uplot'

import type { HalfHour } from '@/shared/api/day_types'
import { axisOf, COUNTS, frame, timeAxis, timeScale, type Look } from '@/shared/lib/chart'

export const STEP_S = 1800

/** Who came, who was answered, the service level and its goal; a half hour stands at its middle. */
export const dataOf = (halfHours: HalfHour[], goal: number | null): uPlot.AlignedData => [
  halfHours.map((one) => Date.parse(one.start) / 1000 + STEP_S / 2),
  halfHours.map((one) => one.offered || null),
  halfHours.map((one) => one.answered || null),
  halfHours.map((one) => one.level),
  halfHours.map(() => goal),
]

/** What uPlot needs to draw the day: two sets of bars, a line, a dashed goal. */
export function chartOptions(look: Look): uPlot.Options {
  const { colour } = look
  const bars = (size: number) => uPlot.paths.bars!({ size: [size, 28] })
  const axis = axisOf(look)
  return {
    ...frame(look),
    scales: {
      x: timeScale(look),
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.1))] },
      level: { range: [0, 1.05] },
    },
    axes: [
      timeAxis(look),
      { ...axis, size: 36, incrs: COUNTS },
      { ...axis, scale: 'level', side: 1, size: 48, grid: { show: false }, incrs: [0.5], values: (_, splits) => splits.map((value) => (value <= 1 ? look.say(value) : '')) },
    ],
    series: [
      {},
      { paths: bars(0.8), fill: () => colour('line'), stroke: () => colour('control'), width: 1, points: { show: false } },
      { paths: bars(0.8), fill: () => colour('accent'), width: 0, points: { show: false } },
      { scale: 'level', stroke: () => colour('ink'), width: 2, points: { show: true, size: 6, fill: () => colour('ink') } },
      { scale: 'level', stroke: () => colour('ok'), width: 1, dash: [4, 4], points: { show: false } },
    ],
  }
}
