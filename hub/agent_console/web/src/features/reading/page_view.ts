/** How a page lies and how large it is: turned by quarters, as wide as the room or wholly in sight. */
export type Fit = 'width' | 'page'

export interface PageView {
  turn: 0 | 90 | 180 | 270
  fit: Fit
  zoom: number
}
export interface Size {
  width: number
  height: number
}

export const LEAST = 0.5
export const MOST = 4
const STEP = 0.25

export const turned = (view: PageView): PageView => ({ ...view, turn: ((view.turn + 90) % 360) as PageView['turn'] })
export const zoomed = (view: PageView, by: 1 | -1): PageView => ({ ...view, zoom: Math.min(MOST, Math.max(LEAST, view.zoom + by * STEP)) })
export const fitted = (view: PageView, fit: Fit): PageView => ({ ...view, fit, zoom: 1 })

/** The room a page takes as it lies, and the width of its picture before it is turned; in CSS pixels. */
export function layOut(picture: Size, room: Size, view: PageView): { box: Size; width: number } {
  const lies = view.turn % 180 !== 0
  const width = lies ? picture.height : picture.width
  const height = lies ? picture.width : picture.height
  const wide = room.width / width
  const scale = (view.fit === 'width' ? wide : Math.min(wide, room.height / height)) * view.zoom
  return { box: { width: Math.round(width * scale), height: Math.round(height * scale) }, width: Math.round(picture.width * scale) }
}

// How somebody laid a document stays while the console is open: a fax that came upside down is turned once.
const kept = new Map<string, PageView>()
const MOST_KEPT = 50

export const viewOf = (file: string): PageView => kept.get(file) ?? { turn: 0, fit: 'width', zoom: 1 }
export function keepView(file: string, view: PageView): void {
  kept.delete(file)
  kept.set(file, view)
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
}
