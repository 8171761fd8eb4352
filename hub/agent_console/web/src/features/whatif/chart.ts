import uPlot from 'uplot'

export type Colours = Record<'muted' | 'line' | 'control' | 'accent' | 'ink', string>

export interface Look {
  width: number
  height: number
  colour: (name: keyof Colours) => string
  clock: (seconds: number) => string
  /** A value as its axis and readers say it. */
  say: (value: number) => string
  /** Of one part, in seconds. */
  stepS: number
  pick: (index: number | null) => void
}

const FONT = '12px system-ui, sans-serif'

function frame(look: Look): Pick<uPlot.Options, 'width' | 'height' | 'legend' | 'cursor' | 'padding' | 'hooks'> & { axis: uPlot.Axis } {
  const { colour } = look
  return {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    padding: [8, 20, 0, 0],
    hooks: { setCursor: [(plot) => look.pick(plot.cursor.idx ?? null)] },
    axis: { stroke: () => colour('muted'), font: FONT, ticks: { show: false }, grid: { stroke: () => colour('line'), width: 1 } },
  }
}

/** Who came as bars in the background; recorded, modelled and changed as lines over the day. */
export function courseOptions(look: Look, isShare: boolean): uPlot.Options {
  const { axis, ...rest } = frame(look)
  const { colour, stepS } = look
  const line = (name: keyof Colours, dash?: number[]): uPlot.Series => ({
    stroke: () => colour(name),
    width: 2,
    spanGaps: false,
    points: { show: true, size: 5, fill: () => colour(name) },
    ...(dash ? { dash } : {}),
  })
  return {
    ...rest,
    scales: {
      x: { time: true, range: (_, min, max) => [min - stepS / 2, max + stepS / 2] },
      y: { range: (_, __, max) => (isShare ? [0, 1.05] : [0, Math.max(1, max * 1.1)]) },
      came: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] },
    },
    axes: [
      { ...axis, size: 24, gap: 4, grid: { show: false }, values: (_, splits) => splits.map(look.clock), space: 60 },
      { ...axis, size: 56, ...(isShare ? { incrs: [0.25, 0.5] } : {}), values: (_, splits) => splits.map((value) => (isShare && value > 1 ? '' : look.say(value))) },
      { ...axis, scale: 'came', side: 1, size: 36, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] },
    ],
    series: [
      {},
      { scale: 'came', paths: uPlot.paths.bars!({ size: [0.8, 28] }), fill: () => colour('line'), width: 0, points: { show: false } },
      line('control', [5, 4]),
      line('ink'),
      line('accent'),
    ],
  }
}

/** Agents needed as bars, who was there as steps over them. */
export function staffOptions(look: Look): uPlot.Options {
  const { axis, ...rest } = frame(look)
  const { colour, stepS } = look
  return {
    ...rest,
    scales: { x: { time: true, range: (_, min, max) => [min - stepS / 2, max + stepS / 2] }, y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.15))] } },
    axes: [
      { ...axis, size: 24, gap: 4, grid: { show: false }, values: (_, splits) => splits.map(look.clock), space: 60 },
      { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
    ],
    series: [
      {},
      { paths: uPlot.paths.bars!({ size: [0.8, 28] }), fill: () => colour('accent'), width: 0, points: { show: false } },
      { paths: uPlot.paths.stepped!({ align: 1 }), stroke: () => colour('ink'), width: 2, points: { show: false } },
    ],
  }
}
