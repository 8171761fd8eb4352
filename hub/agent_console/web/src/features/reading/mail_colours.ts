// Whether a mail brings looks of its own. Most mails say "black on white" and mean nothing by it: those
// follow the reader's theme; the others keep the light sheet they were made for.

type Rgb = [number, number, number]

const NAMED: Record<string, Rgb | null> = {
  black: [0, 0, 0],
  windowtext: [0, 0, 0],
  white: [255, 255, 255],
  window: [255, 255, 255],
  blue: [0, 0, 255],
  navy: [0, 0, 128],
  transparent: null,
  inherit: null,
  initial: null,
  currentcolor: null,
  none: null,
}
const DARK = 0x66
const LIGHT = 0xf0

/** The colour in red, green and blue; null where it shows nothing of its own, undefined where it is not understood. */
export function colourOf(value: string): Rgb | null | undefined {
  const text = value.trim().toLowerCase()
  if (Object.hasOwn(NAMED, text)) return NAMED[text]
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/u.exec(text)?.[1]
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex
    return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as Rgb
  }
  const parts = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([\d.]+)\s*)?\)$/u.exec(text)
  if (!parts) return undefined
  return parts[4] !== undefined && Number(parts[4]) === 0 ? null : [Number(parts[1]), Number(parts[2]), Number(parts[3])]
}

/** As dark as ordinary text, or the blue of ordinary links. */
const isPlainInk = (colour: Rgb | null | undefined): boolean =>
  colour === null || (colour !== undefined && (Math.max(...colour) <= DARK || (colour[2] >= 0x80 && colour[0] <= 0x30 && colour[1] <= 0x70)))
const isPlainPaper = (colour: Rgb | null | undefined): boolean => colour === null || (colour !== undefined && Math.min(...colour) >= LIGHT)

const COLOURED = '[style*="color"], [style*="background"], [bgcolor], font[color]'

/** Take out colours that only say what every sheet says. Returns whether others are left: then it keeps its own sheet. */
export function dropPlainColours(body: HTMLElement): boolean {
  const coloured = [...body.querySelectorAll<HTMLElement>(COLOURED)]
  const own = coloured.some((one) => {
    const inks = [one.style.color, one.getAttribute('color') ?? ''].filter(Boolean)
    const papers = [one.style.backgroundColor, one.getAttribute('bgcolor') ?? ''].filter(Boolean)
    return !inks.every((ink) => isPlainInk(colourOf(ink))) || !papers.every((paper) => isPlainPaper(colourOf(paper)))
  })
  if (own) return true
  for (const one of coloured) {
    one.style.removeProperty('color')
    one.style.removeProperty('background')
    one.style.removeProperty('background-color')
    one.removeAttribute('color')
    one.removeAttribute('bgcolor')
  }
  return false
}
