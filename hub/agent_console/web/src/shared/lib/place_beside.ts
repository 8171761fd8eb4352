export type Side = 'top' | 'right' | 'bottom' | 'left'
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

const GAP = 6
const MARGIN = 8
const OPPOSITE: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }

/** Left and top edge, in px, of something of `size` at that side of `anchor`: on the other side where it does not fit, never outside the window. */
export function placeBeside(anchor: Box, size: { width: number; height: number }, side: Side, view: { width: number; height: number }): { left: number; top: number } {
  const room: Record<Side, number> = {
    top: anchor.top - GAP - MARGIN - size.height,
    bottom: view.height - anchor.top - anchor.height - GAP - MARGIN - size.height,
    left: anchor.left - GAP - MARGIN - size.width,
    right: view.width - anchor.left - anchor.width - GAP - MARGIN - size.width,
  }
  const at = room[side] < 0 && room[OPPOSITE[side]] > room[side] ? OPPOSITE[side] : side
  const middle = { left: anchor.left + (anchor.width - size.width) / 2, top: anchor.top + (anchor.height - size.height) / 2 }
  const wanted = {
    top: { left: middle.left, top: anchor.top - GAP - size.height },
    bottom: { left: middle.left, top: anchor.top + anchor.height + GAP },
    left: { left: anchor.left - GAP - size.width, top: middle.top },
    right: { left: anchor.left + anchor.width + GAP, top: middle.top },
  }[at]
  const within = (value: number, length: number, whole: number): number => Math.max(MARGIN, Math.min(value, whole - MARGIN - length))
  return { left: within(wanted.left, size.width, view.width), top: within(wanted.top, size.height, view.height) }
}
