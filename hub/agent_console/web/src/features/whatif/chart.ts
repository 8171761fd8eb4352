import uPlot from 'uplot'

import { axisOf, COUNTS, frame, LENGTHS_S, timeAxis, timeScale, type Colours, type Look } from '@/shared/lib/chart'

const RIGHT = 20

/**
 * Who came as bars in the background; recorded, modelled and changed as lines over the time. The
 * model's points are rings: where the changed line hides them, they are still seen around its own.
 */
export function courseOptions(look: Look, isShare: boolean): uPlot.Options {
  const { colour } = look
  const axis = axisOf(look)
  const line = (name: keyof Colours, points: { size: number; fill: keyof Colours }, dash?: number[]): uPlot.Series => ({
    stroke: () => colour(name),
    width: 2,
    spanGaps: false,
    points: { show: true, size: points.size, width: 2, stroke: () => colour(name), fill: () => colour(points.fill) },
    ...(dash ? { dash } : {}),
  })
  return {
    ...frame(look, RIGHT),
    scales: {
      x: timeScale(look),
      y: { range: (_, __, max) => (isShare ? [0, 1.05] : [0, Math.max(1, max * 1.1)]) },
      came: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] },
    },
    axes: [
      timeAxis(look),
      { ...axis, size: 56, incrs: isShare ? [0.25, 0.5] : LENGTHS_S, values: (_, splits) => splits.map((value) => (isShare && value > 1 ? '' : look.say(value))) },
      { ...axis, scale: 'came', side: 1, size: 36, grid: { show: false }, incrs: COUNTS },
    ],
    series: [
      {},
      { scale: 'came', paths: uPlot.paths.bars!({ size: [0.8, 28] }), fill: () => colour('line'), width: 0, points: { show: false } },
      line('control', { size: 5, fill: 'control' }, [5, 4]),
      line('ink', { size: 10, fill: 'surface' }),
      line('accent', { size: 5, fill: 'accent' }),
    ],
  }
}

/** A level over the whole of each part, whose middle its data name. */
const levels = (stepS: number): uPlot.Series.PathBuilder => (plot, series, first, last) => {
  const stroke = new Path2D()
  let isOpen = false
  for (let index = first; index <= last; index += 1) {
    const [x, y] = [plot.data[0][index]!, plot.data[series]![index]]
    if (typeof y === 'number') {
      const at = Math.round(plot.valToPos(y, 'y', true))
      const [from, to] = [x - stepS / 2, x + stepS / 2].map((edge) => plot.valToPos(edge, 'x', true)) as [number, number]
      if (isOpen) stroke.lineTo(from, at)
      else stroke.moveTo(from, at)
      stroke.lineTo(to, at)
    }
    isOpen = typeof y === 'number'
  }
  return { stroke }
}

/** Agents needed as bars, who was there as steps over them. */
export function staffOptions(look: Look): uPlot.Options {
  const { colour, stepS } = look
  return {
    ...frame(look, RIGHT),
    scales: { x: timeScale(look), y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.15))] } },
    axes: [timeAxis(look), { ...axisOf(look), size: 36, incrs: COUNTS }],
    series: [
      {},
      { paths: uPlot.paths.bars!({ size: [0.8, 56] }), fill: () => colour('accent'), width: 0, points: { show: false } },
      { paths: levels(stepS), stroke: () => colour('ink'), width: 2, points: { show: false } },
    ],
  }
}
