import type { RecordingBrief } from '@/shared/api/recordings'

const LOUD = 8 // a file this quiet is drawn as it is, not blown up to its own noise

/** A lane of the drawing as one path: mirrored bars from `top` down over `height`, 1 wide each. */
export function wavePath(peaks: number[], top: number, height: number, loudest: number): string {
  const middle = top + height / 2
  const scale = height / 2 / Math.max(loudest, LOUD)
  return peaks
    .map((peak, place) => {
      const half = Math.max(0.5, peak * scale)
      return `M${place} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`
    })
    .join('')
}

export const loudestOf = (lanes: number[][]): number => Math.max(0, ...lanes.flat())

const STEP_S = 5
const PAGE_S = 30

/** Where a key leads, in seconds; null: it is none of the slider's. */
export function seekBy(key: string, at: number, length: number): number | null {
  const to: Record<string, number> = {
    ArrowRight: at + STEP_S,
    ArrowUp: at + STEP_S,
    ArrowLeft: at - STEP_S,
    ArrowDown: at - STEP_S,
    PageUp: at + PAGE_S,
    PageDown: at - PAGE_S,
    Home: 0,
    End: length,
  }
  const found = to[key]
  return found === undefined ? null : Math.min(length, Math.max(0, found))
}

export const SPEEDS = [1, 1.25, 1.5, 2, 0.75] as const

export const nextSpeed = (speed: number): number => SPEEDS[(SPEEDS.findIndex((one) => one === speed) + 1) % SPEEDS.length]!

/** The recordings that an entry names. */
export function recordingsOf(meta: Record<string, unknown>): RecordingBrief[] {
  const found = meta['recordings']
  return Array.isArray(found) ? (found as RecordingBrief[]) : []
}
