import uPlot from 'uplot'

export type Colours = Record<'muted' | 'line' | 'control' | 'accent' | 'ok' | 'ink', string>

interface Look {
  width: number
  height: number
  colour: (name: keyof Colours) => string
  clock: (seconds: number) => string
  percent: (value: number) => string
  pick: (index: number | null) => void
}

export const STEP_S = 1800
const FONT = '12px system-ui, sans-serif'

/** What uPlot needs to draw the day: two sets of bars, a line, a dashed goal. */
export function chartOptions(look: Look): uPlot.Options {
  const { colour } = look
  const bars = (size: number) => uPlot.paths.bars!({ size: [size, 28] })
  const axis = { stroke: () => colour('muted'), font: FONT, ticks: { show: false }, grid: { stroke: () => colour('line'), width: 1 } }
  return {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    padding: [8, 0, 0, 0],
    scales: {
      x: { time: true, range: (_, min, max) => [min - STEP_S / 2, max + STEP_S / 2] },
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.1))] },
      level: { range: [0, 1.05] },
    },
    axes: [
      { ...axis, size: 24, gap: 4, grid: { show: false }, values: (_, splits) => splits.map(look.clock), space: 60 },
      { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
      { ...axis, scale: 'level', side: 1, size: 48, grid: { show: false }, incrs: [0.5], values: (_, splits) => splits.map((value) => (value <= 1 ? look.percent(value) : '')) },
    ],
    series: [
      {},
      { paths: bars(0.8), fill: () => colour('line'), stroke: () => colour('control'), width: 1, points: { show: false } },
      { paths: bars(0.8), fill: () => colour('accent'), width: 0, points: { show: false } },
      { scale: 'level', stroke: () => colour('ink'), width: 2, points: { show: true, size: 6, fill: () => colour('ink') } },
      { scale: 'level', stroke: () => colour('ok'), width: 1, dash: [4, 4], points: { show: false } },
    ],
    hooks: { setCursor: [(plot) => look.pick(plot.cursor.idx ?? null)] },
  }
}
